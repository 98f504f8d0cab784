"""itchat-uos, unmodified, with the session of a stand-in: sends the files it is told to, then fetches every message.

Takes one JSON object as its argument, and prints another: what each send was answered, and the MD5 of what each
message's own download function gave.
"""

import hashlib
import json
import sys

import itchat
from itchat.components.messages import produce_msg

told = json.loads(sys.argv[1])
session = told["session"]
core = itchat.instance

# What its login leaves: Uin and Sid come from cookies, so that both are strings, and the ticket as the page of the
# login has it.
services = "/cgi-bin/mmwebwx-bin"
core.loginInfo.update(
    url=told["origin"] + services,
    fileUrl=told["fileOrigin"] + services,
    deviceid="e" + repr(0.1234567890123456)[2:17],
    skey=session["skey"],
    wxsid=session["sid"],
    wxuin=str(session["uin"]),
    pass_ticket=told["passTicket"],
)
core.loginInfo["BaseRequest"] = {
    "Skey": core.loginInfo["skey"],
    "Sid": core.loginInfo["wxsid"],
    "Uin": core.loginInfo["wxuin"],
    "DeviceID": core.loginInfo["deviceid"],
}
core.storageClass.userName = session["userName"]
# The stand-in is on this machine; no proxy of the surroundings has a say.
core.s.trust_env = False
core.s.get(told["origin"] + "/__standin/session")

send = {"image": core.send_image, "file": core.send_file}
sent = [dict(send[how](path, toUserName=told["peer"])) for how, path in told["files"]]

messages = core.s.get(told["origin"] + "/__standin/messages").json()
for message in messages:
    # As numbers: the service has each id a second time so.
    message["NewMsgId"] = int(message["MsgId"])
fetched = [hashlib.md5(message["Text"]()).hexdigest() for message in produce_msg(core, messages)]

print(json.dumps({"sent": sent, "fetched": fetched}))
