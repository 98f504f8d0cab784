/**
 * Words that the documents do not use, and what they say instead: the standard terms of the field. Only what was found in these documents
 * before is listed.
 *
 * @type {[RegExp, string][]}
 */
export const WORDS = [
  [/\ba text\b|\bas text\b|\btexts\b/i, "a string"],
  [/\bpictures?\b/i, "image"],
  [/\bchance\b/i, "randomness"],
  [/\b(?:is|are|was|were|be|been|being) told\b/i, "is notified, reported, passed, told apart by"],
  [/\btells? of\b|\bhears? of\b/i, "reports, learns"],
  [/\bno use to\b|\bof no use\b/i, "not needed"],
  [/\bwants?\b|\bwanted\b/i, "needs, expects, requests"],
  [/\b(?:any|no|some|every)body\b/i, "name who"],
  [/\bcan(?:not)? be had\b/i, "could not be loaded, is available"],
  [/\bled to another\b/i, "redirected"],
  [/\bmend(?:ed|s)?\b|\bspared\b/i, "not retryable, transient"],
  [/\bopen line\b/i, "HTTPS only"],
  [/\bgo(?:es)? over to\b|\bwent over to\b/i, "falls back to"],
  [/\bgo(?:es)? on\b|\bwent on\b/i, "continues, resumes"],
  [/\bin work\b/i, "in progress"],
  [/\bunder way\b/i, "pending, in progress"],
  [/\b(?:second|another|next|last|first) tr(?:y|ies)\b|\ball tries\b|\beach try\b|\bevery try\b/i, "retry, attempt"],
  [/\bbr(?:eak|oke|eaks|oken) off\b/i, "is interrupted"],
  [/\bcut off\b/i, "truncated"],
  [/\bgives? (?:its memory|back)\b/i, "frees, returns"],
  [/\bhand(?:s|ed)? (?:over|on|out)\b/i, "passes, returns"],
  [/\b(?:held|holds?) (?:against|to account)\b/i, "compared with, checked against"],
  [/\bbad days?\b/i, "failures"],
  [/\bby itself\b.*\bby itself\b/i, "automatically"],
  [/\bone's own\b|\bones own\b/i, "the user's own"],
  [/\bletter by letter\b/i, "unchanged"],
  [/\b(?:stands|stand) (?:in|beside|at)\b/i, "is in"],
  [/\bis no (?!longer|more|difference|such|guarantee|way|doubt)\w+\b/i, "is not a"],
  [/\bare no (?!longer|more|others)\w+\b/i, "are not"],
  [/\bfor no (?!reason|more)\w+\b/i, "say what it is"],
  [/\bafresh\b|\banew\b/i, "again, restarted"],
  [/\bwhatever (?:becomes|comes)\b|\bwhat came of\b|\bwhat becomes of\b/i, "the result"],
  [/\bin the place of\b/i, "instead of"],
  [/\bsays? nothing of\b|\bsays? of\b/i, "contains, does not mention"],
  [/\bup to (?:there|then)\b/i, "until then"],
  [/\bforbids? it to\b|\bnobody can\b/i, "cannot"],
];

/** Words in the longest sentence. */
export const LONGEST = 45;
