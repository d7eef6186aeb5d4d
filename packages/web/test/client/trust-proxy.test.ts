import { connect } from 'node:net'
import { defineRoutes, HTTPTransport, type TrustProxy, WebModule } from '@myfy/web'
import { describe, expect, test } from 'vitest'
import { parseForwarded } from '../../src/client/forwarded.ts'
import { mappedIPv4, parseAddress } from '../../src/client/ip-address.ts'
import { clientInfoReader, requestURL } from '../../src/client/trust-proxy.ts'
import { listening } from '../listening.ts'

const read = (
  trust: TrustProxy,
  headers: Record<string, string>,
  address: string | undefined = '127.0.0.1',
) => clientInfoReader(trust)(address, { host: 'a', ...headers })

describe('an address', () => {
  // The forms of X-Forwarded-For in the field (Azure and IIS append the port), and of RFC 7239, 6.
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['203.0.113.7:51423', '203.0.113.7'],
    ['"203.0.113.7:51423"', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:99', '2001:db8::1'],
    ['"[2001:db8::1]:_port"', '2001:db8::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['[::FFFF:203.0.113.7]:80', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['999.1.1.1', undefined],
    ['203.0.113.7, 1.1.1.1', undefined],
    ['example.com', undefined],
    ['', undefined],
  ])('%j is %j', (text, address) => {
    expect(parseAddress(text)).toBe(address)
  })

  test.each(['::1', '2001:db8:ffff::1', '64:ff9b::1.2.3.4', '1.2.3.4'])(
    '%s is not a mapped IPv4',
    (address) => {
      expect(mappedIPv4(address)).toBeUndefined()
    },
  )
})

describe('the Forwarded header', () => {
  // The examples of RFC 7239, 4.
  test.each([
    ['for="_gazonk"', [{ for: '_gazonk' }]],
    ['For="[2001:db8:cafe::17]:4711"', [{ for: '[2001:db8:cafe::17]:4711' }]],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', [{ for: '192.0.2.60', proto: 'http', by: '203.0.113.43' }]],
    ['for=192.0.2.43, for=198.51.100.17', [{ for: '192.0.2.43' }, { for: '198.51.100.17' }]],
    [
      'for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown',
      [{ for: '192.0.2.43' }, { for: '[2001:db8:cafe::17]' }, { for: 'unknown' }],
    ],
    ['host="a,b;c\\"d";for=1.1.1.1', [{ host: 'a,b;c"d', for: '1.1.1.1' }]],
    [' ; , for=1.1.1.1 ;; ', [{ for: '1.1.1.1' }]],
    ['garbage', []],
  ])('%s', (header, elements) => {
    expect(parseForwarded(header)).toEqual(elements)
  })
})

describe('the client', () => {
  const chain = { 'x-forwarded-for': '6.6.6.6, 203.0.113.7, 10.0.0.9' }

  test.each<[TrustProxy, string | undefined]>([
    [false, '127.0.0.1'],
    [0, '127.0.0.1'],
    [true, '10.0.0.9'],
    [1, '10.0.0.9'],
    [2, '203.0.113.7'],
    [3, '6.6.6.6'],
    [9, '6.6.6.6'],
    [['127.0.0.1'], '10.0.0.9'],
    [['127.0.0.0/8', '10.0.0.0/8'], '203.0.113.7'],
    [['127.0.0.1/32', '10.0.0.9/32', '203.0.113.0/24'], '6.6.6.6'],
    [['::ffff:127.0.0.0/104'], '10.0.0.9'],
    [['::ffff:127.0.0.1'], '10.0.0.9'],
    [['::1'], '127.0.0.1'],
    [[], '127.0.0.1'],
  ])('behind the proxies %j is %s', (trust, ip) => {
    expect(read(trust, chain).ip).toBe(ip)
  })

  test.each<[TrustProxy, headers: Record<string, string>, ip: string | undefined]>([
    [true, { 'x-forwarded-for': '203.0.113.7:51423' }, '203.0.113.7'],
    [true, { 'x-forwarded-for': '[2001:db8::1]:99' }, '2001:db8::1'],
    [true, { 'x-forwarded-for': '::ffff:203.0.113.7' }, '203.0.113.7'],
    [true, { 'x-forwarded-for': 'unknown' }, undefined],
    [2, { 'x-forwarded-for': '203.0.113.7, unknown' }, '203.0.113.7'],
    [['127.0.0.1', '10.0.0.0/8'], { 'x-forwarded-for': '6.6.6.6, unknown, 10.0.0.9:80' }, undefined],
    [['127.0.0.1', '10.0.0.0/8'], { 'x-forwarded-for': '6.6.6.6, [::ffff:10.0.0.9]:80' }, '6.6.6.6'],
    [true, { forwarded: 'for=203.0.113.7;proto=https;host=shop.example' }, '203.0.113.7'],
    [true, { forwarded: 'for="[2001:db8::1]:99"' }, '2001:db8::1'],
    [true, { forwarded: 'for=6.6.6.6', 'x-forwarded-for': '203.0.113.7' }, '203.0.113.7'],
    [true, { forwarded: 'for=6.6.6.6', 'x-forwarded-proto': 'https' }, '127.0.0.1'],
    [false, { forwarded: 'for=6.6.6.6' }, '127.0.0.1'],
    [true, {}, '127.0.0.1'],
  ])('behind %j with %o is %s', (trust, headers, ip) => {
    expect(read(trust, headers).ip).toBe(ip)
  })

  test.each<[trust: TrustProxy, address: string | undefined, ip: string | undefined]>([
    [false, '::ffff:203.0.113.7', '203.0.113.7'],
    [['127.0.0.0/8'], '::ffff:127.0.0.1', '6.6.6.6'],
    [true, undefined, '6.6.6.6'],
    [true, '', '6.6.6.6'],
    [['127.0.0.0/8'], undefined, undefined],
    [false, '', undefined],
  ])('with %j on a socket of %j is %s', (trust, address, ip) => {
    expect(clientInfoReader(trust)(address, { 'x-forwarded-for': '6.6.6.6' }).ip).toBe(ip)
  })
})

describe('the protocol and the host', () => {
  test.each<[trust: TrustProxy, headers: Record<string, string>, target: string | undefined, url: string]>([
    [true, { 'x-forwarded-proto': 'HTTPS' }, undefined, 'https://a/'],
    [true, { 'x-forwarded-proto': 'wss' }, undefined, 'https://a/'],
    [true, { 'x-forwarded-proto': 'ftp' }, undefined, 'http://a/'],
    [true, { 'x-forwarded-proto': 'http, https' }, undefined, 'https://a/'],
    [
      2,
      { 'x-forwarded-for': '6.6.6.6, 1.1.1.1', 'x-forwarded-proto': 'http, https' },
      undefined,
      'http://a/',
    ],
    [2, { 'x-forwarded-for': '6.6.6.6, 1.1.1.1', 'x-forwarded-proto': 'https' }, undefined, 'https://a/'],
    [true, { 'x-forwarded-host': 'shop.example:8443' }, undefined, 'http://shop.example:8443/'],
    [true, { 'x-forwarded-host': 'evil"><script>' }, undefined, 'http://a/'],
    [true, { forwarded: 'host=shop.example;proto=https' }, undefined, 'https://shop.example/'],
    [false, { 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' }, undefined, 'http://a/'],
    // RFC 9112, 3.2.2: the host of an absolute-form target replaces the Host header.
    [false, {}, 'other.example', 'http://other.example/'],
    [true, { 'x-forwarded-host': 'shop.example' }, 'other.example', 'http://shop.example/'],
    [false, { host: '1.2.3.4.5' }, undefined, 'http://localhost/'],
    [false, { host: 'a:99999' }, undefined, 'http://localhost/'],
    [false, { host: 'a b' }, undefined, 'http://localhost/'],
    [false, { host: '' }, undefined, 'http://localhost/'],
    [false, { host: '[::1]:80' }, undefined, 'http://[::1]/'],
  ])('%#: %j %o', (trust, headers, target, url) => {
    const client = clientInfoReader(trust)('127.0.0.1', { host: 'a', ...headers }, target)
    expect(requestURL(client, '/', '').href).toBe(url)
  })
})

describe('an invalid option is rejected:', () => {
  test.each<[trust: unknown, reason: string]>([
    [['10.0.0.0/'], '"10.0.0.0/" has the prefix length "", not a number from 0 to 32'],
    [['10.0.0.0/33'], '"10.0.0.0/33" has the prefix length "33", not a number from 0 to 32'],
    [['10.0.0.0/undefined'], 'has the prefix length "undefined"'],
    [['10.0.0.0/8.5'], 'has the prefix length "8.5"'],
    [['10.0.0.0/-1'], 'has the prefix length "-1"'],
    [['10.0.0.0/ 8'], 'has the prefix length " 8"'],
    [['10.0.0.0/255.0.0.0'], 'has the prefix length'],
    [['2001:db8::/129'], 'not a number from 0 to 128'],
    [['::ffff:10.0.0.0/8'], 'not a number from 96 to 128'],
    [['loopback'], '"loopback" is not an IP address or a network'],
    [['proxy.internal'], 'is not an IP address or a network'],
    [['10.0.0.0/8, 127.0.0.1'], 'has the prefix length'],
    [['127.0.0.1', '10.0.0'], 'Cannot configure trustProxy[1]: "10.0.0" is not'],
    [['fe80::1%eth0'], 'is not an IP address or a network'],
    [[''], '"" is not an IP address or a network'],
    [[undefined], 'a value of type undefined is not a string'],
    ['10.0.0.0/8', 'Cannot configure trustProxy: "10.0.0.0/8" is not a list'],
    ['true', '"true" is not a list'],
    [-1, 'Cannot configure trustProxy: -1 is not a number of proxies'],
    [1.5, '1.5 is not a number of proxies'],
    [Number.NaN, 'NaN is not a number of proxies'],
    [Number.POSITIVE_INFINITY, 'Infinity is not a number of proxies'],
  ])('%j', (trust, reason) => {
    const expected = expect.objectContaining({
      code: 'MYFY_OPTION_INVALID',
      message: expect.stringContaining(reason),
    })
    const trustProxy = trust as TrustProxy
    expect(() => new HTTPTransport({ trustProxy })).toThrow(expected)
    expect(() => new WebModule({ trustProxy }).transports()).toThrow(expected)
  })
})

test('over a socket: the target and the headers of the proxy reach the handler', async () => {
  const routes = defineRoutes('', (route) => {
    route.get('/who', ({ ip, url }) => `${ip} ${url.href}`)
  })
  const { port } = await listening({ transport: { trustProxy: ['127.0.0.0/8'] }, web: { routes: [routes] } })
  const send = (target: string, header: string) =>
    new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n${header}\r\nConnection: close\r\n\r\n`),
      )
      socket
        .on('data', (chunk) => {
          text += chunk
        })
        .on('close', () => resolve(text.slice(text.indexOf('\r\n\r\n') + 4)))
        .on('error', reject)
    })
  expect(await send('/who', 'X-Forwarded-For: 203.0.113.7:51423')).toBe('203.0.113.7 http://a/who')
  expect(await send('http://other.example/who?q', 'Forwarded: for=203.0.113.7;proto=https')).toBe(
    '203.0.113.7 https://other.example/who?q',
  )
})
