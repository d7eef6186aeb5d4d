// What is secret in text and by its name.

/** The mark in the place of a secret. */
export const HIDDEN = '***'

/** Names of fields, headers and parameters whose values are secret. */
export const SECRET_KEY =
  /^(?:.*[-_.])?(?:proxy-)?(?:authorization|cookie|cookies|jwt|otp|pin|cvv|cvc|ssn|sig|pass)$|pass(?:word|wd|phrase|code)|pwd$|secret|tokens?$|(?:api|access|private|signing|encryption)[-_]?key|credential|signature|dsn$|session[-_]?id$/i

/** A name in text, as it is followed by its value: `=`, `: `, `":"`, `\":\"` of JSON inside of JSON, `%3D` of a URL in a URL. */
const IS = String.raw`\\{0,8}["']?\s*(?:[=:]|%3[AD])\s*`
/** The opening quote of a value, escaped inside of JSON, and what follows until the same quote. */
const QUOTED = String.raw`(?:(["'])(?:\\.|(?!\2)[^\r\n\\]){1,2000}|(\\{1,8}["'])(?:(?!\3)[^\r\n]){1,2000})`
const PLAIN = String.raw`[^\s"'&,;)}\]\\]+`
/** The hints of the names that are always secret, and of those that are words as well. */
const NAME_HINTS = 'pass|pwd|secret|key|credential|signature'
const SHORT_HINTS = 'token|sig|jwt|session|pass|otp|pin|cvv|cvc|ssn'
/** Names whose values are secret, however they are written. */
const NAMES =
  '(?:pass(?:word|wd|phrase|code)|pwd|secret|(?:api|access|private|signing|account)[-_]?key|credentials?|signature)'

/**
 * Text that is secret wherever it stands: a hint without which the pattern cannot match, the pattern, and its replacement.
 * Clients choose much of what is logged: no pattern may begin with an unbounded repetition, which would make the time
 * quadratic in the length of the text.
 */
export const PATTERNS: ReadonlyArray<readonly [hint: string, pattern: RegExp, replacement: string]> = [
  [
    'PRIVATE KEY',
    /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
    HIDDEN,
  ],
  // Credentials in a URL: the last `@` before the path ends them.
  ['://', /\b([a-z][a-z\d+.-]{0,20}:\/\/)([^\s/?#:@'"]*):[^\s/?#'"]*@/gi, `$1$2:${HIDDEN}@`],
  // A password with characters of a path, which makes the URL invalid: what follows a port is a path.
  [
    '://',
    /\b([a-z][a-z\d+.-]{0,20}:\/\/)([^\s/?#:@'"[\]]*):(?!\d{1,5}[/?#])(?!\*\*\*@)[^\s'"]{1,200}@/gi,
    `$1$2:${HIDDEN}@`,
  ],
  ['://', /\b([a-z][a-z\d+.-]{0,20}:\/\/)[^\s/?#:@'"]{16,}@/gi, `$1${HIDDEN}@`],
  // The address of a hook is its only credential.
  ['hook', /\b(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[\w/-]+/gi, `$1${HIDDEN}`],
  ['hook', /(\/api\/webhooks\/\d{1,30}\/)[\w-]+/g, `$1${HIDDEN}`],
  ['/bot', /(\/bot\d{6,12}:)[\w-]{20,}/g, `$1${HIDDEN}`],
  ['digest', /\b(Digest\s+)(?=[a-z]{1,20}=)[^\r\n]+/gi, `$1${HIDDEN}`],
  ['cookie', new RegExp(String.raw`\b((?:set-)?cookie${IS}\\{0,8}['"]?)[^\r\n'"\\]+`, 'gi'), `$1${HIDDEN}`],
  [
    'authorization',
    new RegExp(String.raw`\b((?:proxy-)?authorization${IS}\\{0,8}['"]?)[^\r\n'",\\]+`, 'gi'),
    `$1${HIDDEN}`,
  ],
  ['bearer', /\b(Bearer\s+)[\w+/.~-]{6,}=*/gi, `$1${HIDDEN}`],
  ['token', /\b(Token\s+)(?=[\w.-]{0,200}\d)[\w.-]{20,}/g, `$1${HIDDEN}`],
  ['basic', /\b(Basic\s+)(?=[A-Za-z\d+/]*[\dA-Z=])[A-Za-z\d+/]{8,}={0,2}/g, `$1${HIDDEN}`],
  ['eyJ', /\beyJ[\w-]{6,2000}\.[\w-]+\.?[\w-]*/g, HIDDEN],
  ['[spr]k[-_]', /\b(?:sk|pk|rk)[-_](?:(?:live|test|proj|ant)[-_])?[\w-]{16,}/g, HIDDEN],
  [
    'gh[oprsu]_|github_pat|glpat-|xox[abeprs]-|npm_|whsec_|hvs\\.|dop_v1|shpat_|SG\\.|ya29|lin_api|sntrys_',
    /\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-|npm_|whsec_|hvs\.|dop_v1_|shpat_|SG\.|ya29\.|lin_api_|sntrys_)[\w.-]{8,}/g,
    HIDDEN,
  ],
  [
    'AKIA|ASIA|AIza|hf_|dapi',
    /\b(?:AKIA|ASIA)[A-Z\d]{16}\b|\bAIza[\w-]{30,}|\bhf_[A-Za-z\d]{20,}|\bdapi[a-f\d]{32}\b/g,
    HIDDEN,
  ],
  // The code with which a client of OAuth is given its tokens, and the key of an interface.
  ['code=|key=', /([?&](?:code|key)=)[\w.~%/+-]{12,}/g, `$1${HIDDEN}`],
  // A statement of SQL, and the arguments of a command.
  [
    'password|identified',
    /\b((?:PASSWORD|IDENTIFIED(?: WITH \w{1,40})? BY)\s+')(?:[^']|''){1,2000}/gi,
    `$1${HIDDEN}`,
  ],
  [
    'password|token|secret|api-key',
    /(\s--?[\w-]{0,30}(?:password|token|secret|api-key)[ =]['"]?)(?!-)[^\s'"]+/gi,
    `$1${HIDDEN}`,
  ],
  [' -u ', /( -u ['"]?[^\s:'"]{1,100}:)[^\s'"]+/g, `$1${HIDDEN}`],
  // `password: z.string().default("…")`, `const secret = process.env.SECRET ?? "…"`.
  [
    NAME_HINTS,
    new RegExp(String.raw`(${NAMES}["']?\s*[=:][^\r\n'"]{0,200}(?:default\(|\?\?|\|\|)\s*)${QUOTED}`, 'gi'),
    `$1$2$3${HIDDEN}`,
  ],
  // `password=…`, `"apiKey": "…"`, and the parameters of a query. `Cannot read API_KEY: it is not set` is a sentence of
  // an error, which never contains the value.
  [NAME_HINTS, new RegExp(`(${NAMES}${IS})${QUOTED}`, 'gi'), `$1$2$3${HIDDEN}`],
  [
    NAME_HINTS,
    new RegExp(
      String.raw`(${NAMES}${IS})(?<!\bCannot (?:read|build|register|override|configure) \w{1,60}: )${PLAIN}`,
      'gi',
    ),
    `$1${HIDDEN}`,
  ],
  [
    SHORT_HINTS,
    /((?:token|sig|jwt|session[-_]?id|(?<![a-z])(?:pass|otp|pin|cvv|cvc|ssn))["']?(?:=|%3D)["']?)[^\s"'&,;)}\]]+/gi,
    `$1${HIDDEN}`,
  ],
  [
    SHORT_HINTS,
    /((?<![a-z])(?:pass|otp|pin|cvv|cvc|ssn)\\{0,8}["']\s*:\s*\\{0,8}["']?)[^\s"'&,;)}\]\\]+/gi,
    `$1${HIDDEN}`,
  ],
  // `token: Mailer` is a sentence; `token: 8f3a…` is a secret.
  [
    SHORT_HINTS,
    /((?:token|jwt|session[-_]?id)\\{0,8}["']?\s*:\s*\\{0,8}["']?)(?=[^\s"',;]{0,200}\d)[^\s"'&,;)}\]\\]{8,}/gi,
    `$1${HIDDEN}`,
  ],
]

/** Matches each text that a pattern may match. Most lines are searched by it alone. */
export const HINT = new RegExp([...new Set(PATTERNS.map(([hint]) => hint))].join('|'), 'i')
