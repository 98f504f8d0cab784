/** By this word the bridge in the page's world knows the content script's port. */
export const KNOCK = "webwx-image: bridge";
