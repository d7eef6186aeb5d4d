// The host of a request, as its Host header, its target or a proxy names it.

/** Reports whether a text is a host with an optional port, of which `url` can be made: `a:99999` is none. */
export function isHost(host: string): boolean {
  return COMMON_HOST.test(host) || (HOST.test(host) && URL.canParse(`http://${host}`))
}

/** A registered name or an IPv4 address, or an IPv6 address in brackets, with an optional port (RFC 3986, 3.2.2). */
const HOST = /^(?:(?:[\w.!$&'()*+,;=~-]|%[\da-f]{2})+|\[[\da-f:.]+\])(?::\d*)?$/i
/** A number of an IPv4 address. */
const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`
/** A name whose last label begins with a letter; not with an x, which may begin Punycode that is not valid. */
const NAME = String.raw`(?:[a-wyz\d][a-z\d-]*\.)*[a-wyz][a-z\d-]*`
/** The hosts of most requests, which need no parser. */
const COMMON_HOST = new RegExp(String.raw`^(?:${NAME}|(?:${OCTET}\.){3}${OCTET})(?::\d{1,4})?$`, 'i')
