// Secrets as they stand in messages. Their forms follow the documentation of their issuers; the values are made up. Parts
// are joined so that no scanner takes them for real ones.

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N'

/** The settings of the application, by their variables. */
export const settings: Readonly<Record<string, string>> = {
  SIGNING_SECRET: 'Tr0ub4dor-word',
  API_KEY: 'plain-key-of-a-setting',
  DATABASE_URL: 'postgres://ada:l0velace-of-url@127.0.0.1:9/x',
}

/** A name, the text, and the part of it that must not appear. */
export const secrets: ReadonlyArray<readonly [name: string, text: string, secret: string]> = [
  ['a secret setting', 'login with Tr0ub4dor-word failed', 'Tr0ub4dor-word'],
  ['another secret setting', 'the key plain-key-of-a-setting is unknown', 'plain-key-of-a-setting'],
  ['the password of a setting with a URL', 'password l0velace-of-url refused', 'l0velace-of-url'],
  ['a secret setting in a URL', '/a?x=Tr0ub4dor%2Dword&y=Tr0ub4dor-word', 'Tr0ub4dor-word'],
  ['a secret setting as base64', Buffer.from('Tr0ub4dor-word').toString('base64'), 'VHIwdWI0ZG9yLXdvcm'],
  ['an authorization header', 'Authorization: Bearer header-abc.def-123', 'header-abc.def-123'],
  ['a cookie header', 'Cookie: theme=dark; sid=line-sid-1', 'line-sid-1'],
  ['a set-cookie header', 'Set-Cookie: sid=set-sid-1; Path=/', 'set-sid-1'],
  ['an x-api-key header', 'x-api-key: header-key-1', 'header-key-1'],
  ['basic credentials', 'sent Basic QWxhZGRpbjpvcGVu', 'QWxhZGRpbjpvcGVu'],
  ['credentials of Digest', 'Digest username="M", response="66f29fae4"', '66f29fae4'],
  ['a bearer token', 'refused Bearer mF_9.B5f-4.1JqM', 'mF_9.B5f-4.1JqM'],
  ['a JWT', `rejected ${JWT}`, 'dozjgNryP4J3jVmNHl0w5N'],
  ['a URL with a password', 'connect postgres://bob:url-pw-1@db:5432/app', 'url-pw-1'],
  ['a URL whose password has an @', 'connect redis://:p@ss-url-2@cache:6379', 'ss-url-2'],
  ['a DSN with a key only', 'send https://0123456789abcdef0123@sentry.example/1', '0123456789abcdef0123'],
  ['a token in a query', 'GET /callback?a=1&access_token=query-token-1', 'query-token-1'],
  ['the code of an OAuth client', '/callback?code=SplxlOBeZQQYbYS6WxSbIA', 'SplxlOBeZQQYbYS6WxSbIA'],
  ['a signed URL', 'https://s3.example/x?X-Amz-Signature=9f8e7d6c5b4a', '9f8e7d6c5b4a'],
  ['key and value', 'connecting with password=open-sesame', 'open-sesame'],
  ['a quoted password', "host=db password='correct horse' user=a", 'correct horse'],
  ['JSON', '{"apiKey":"json-key-1","a":1}', 'json-key-1'],
  ['JSON inside of JSON', String.raw`{\"password\":\"escaped-pw-1\"}`, 'escaped-pw-1'],
  ['a variable of the environment', 'SMTP_PASS=smtp-pw-1', 'smtp-pw-1'],
  ['a key of a payment provider', `used ${'sk_live'}_4eC39HqLyjWDarjtT1`, '4eC39HqLyjWDarjtT1'],
  ['a token of a code host', `used ${'ghp'}_16C7e42F292c6912E7710c`, '16C7e42F292c6912E7710c'],
  ['a token of a chat', `used ${'xoxb'}-17653672481-19874698323`, '19874698323'],
  ['an access key of a cloud', `used ${'AKIA'}IOSFODNN7EXAMPLE`, 'IOSFODNN7EXAMPLE'],
  [
    'the address of a hook',
    `${'https://hooks.slack.com'}/services/T0000/B0000/hook-secret-1`,
    'hook-secret-1',
  ],
  ['a statement of SQL', "CREATE USER ada PASSWORD 'sql pw 1'", 'sql pw 1'],
  ['an argument of a command', 'Command failed: run --token argument-tok-1 --quiet', 'argument-tok-1'],
  [
    'a private key',
    `-----BEGIN ${'PRIVATE'} KEY-----\nMIIEvQIBADANBgkq\n-----END ${'PRIVATE'} KEY-----`,
    'MIIEvQIBADANBgkq',
  ],
]
