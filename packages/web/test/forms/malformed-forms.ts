// Bodies of forms that are not valid, and the status of the answer to each. The form has a text `title` and a file
// `picture` of at most 64 KiB, an image.

import { gzipSync } from 'node:zlib'

export const boundary = 'XX'
export const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` }
/** A part of a form by its head. */
export const part = (head: string, body: string) => `--${boundary}\r\n${head}\r\n\r\n${body}\r\n`
export const title = part('Content-Disposition: form-data; name="title"', 'Ada')
export const image = (name: string, body = 'pixels') =>
  part(`Content-Disposition: form-data; name="picture"; filename="${name}"\r\nContent-Type: image/png`, body)
export const end = `--${boundary}--\r\n`

const disposition = 'Content-Disposition: form-data; name="title"'
const file = 'Content-Disposition: form-data; name="picture"; filename="a.png"\r\nContent-Type: image/png'
const undeclared = 'Content-Disposition: form-data; name="undeclared"'
/** A head of this size in bytes, without the empty line that ends it. */
export const headOf = (head: string, bytes: number) => `${head}\r\nX: `.padEnd(bytes, 'x')

type Malformed = readonly [headers: Readonly<Record<string, string>>, body: string | Buffer, status: number]

export const malformedForms: Readonly<Record<string, Malformed>> = {
  'a form that ends before its last boundary': [multipart, title + image('a.png').slice(0, -6), 400],
  'a form that ends within the head of a part': [
    multipart,
    `${title}--XX\r\nContent-Disposition: form-data; name="pic`,
    400,
  ],
  'a form without its last boundary': [multipart, title + image('a.png'), 400],
  'a form with another boundary': [{ 'content-type': 'multipart/form-data; boundary=YY' }, title + end, 400],
  'a form without a boundary': [{ 'content-type': 'multipart/form-data' }, title + end, 400],
  'an empty boundary': [{ 'content-type': 'multipart/form-data; boundary=""' }, title + end, 400],
  'a boundary that is too long': [
    { 'content-type': `multipart/form-data; boundary=${'x'.repeat(71)}` },
    title + end,
    400,
  ],
  'a boundary that begins with the right one': [
    multipart,
    `--${boundary}Y\r\nContent-Disposition: form-data; name="title"\r\n\r\nAda\r\n${end}`,
    400,
  ],
  '10,000 parts': [multipart, title.repeat(10_000) + end, 413],
  '10,000 files': [multipart, image('a.png', '').repeat(10_000) + end, 413],
  '10,000 fields': [{ 'content-type': 'application/x-www-form-urlencoded' }, 'title=a&'.repeat(10_000), 413],
  'a file name with ..': [multipart, title + image('../../etc/passwd') + end, 400],
  'a file name that is ..': [multipart, title + image('..') + end, 400],
  'a file name with .. of Windows': [multipart, title + image('..\\\\x.png') + end, 400],
  'a file name with NUL': [multipart, title + image('a\0.png') + end, 400],
  'an encoded file name with ..': [
    multipart,
    `${title}${part(`Content-Disposition: form-data; name="picture"; filename*=UTF-8''..%2Fa.png\r\nContent-Type: image/png`, 'x')}${end}`,
    400,
  ],
  'an encoded file name with NUL': [
    multipart,
    `${title}${part(`Content-Disposition: form-data; name="picture"; filename*=UTF-8''a%00.png\r\nContent-Type: image/png`, 'x')}${end}`,
    400,
  ],
  'an encoded file name that is not UTF-8': [
    multipart,
    `${title}${part(`Content-Disposition: form-data; name="picture"; filename*=UTF-8''%FF.png\r\nContent-Type: image/png`, 'x')}${end}`,
    400,
  ],
  'a field name with a line break': [
    multipart,
    part('Content-Disposition: form-data; name="a\rb"', 'x') + end,
    400,
  ],
  'a field name with NUL': [multipart, part('Content-Disposition: form-data; name="a\0b"', 'x') + end, 400],
  'a part without headers': [multipart, title + part('', 'x') + image('a.png') + end, 400],
  'a part without headers and without an empty line': [
    multipart,
    `${title}--${boundary}\r\nx\r\n${end}`,
    400,
  ],
  'a part without a name': [multipart, part('Content-Disposition: form-data', 'x') + end, 400],
  'a part with an empty disposition': [multipart, part('Content-Disposition: ', 'x') + end, 400],
  'a part that is not form-data': [
    multipart,
    part('Content-Disposition: attachment; name="title"', 'x') + end,
    400,
  ],
  'a part with a transfer encoding': [
    multipart,
    part('Content-Disposition: form-data; name="title"\r\nContent-Transfer-Encoding: base64', 'QWRh') + end,
    415,
  ],
  'a text in an unknown charset': [
    multipart,
    part('Content-Disposition: form-data; name="title"\r\nContent-Type: text/plain; charset=klingon', 'x') +
      end,
    415,
  ],
  // Rows with the large head in the text, in the file, behind the file, and in a part that is not declared.
  'a text with a head of 100 KB': [
    multipart,
    part(headOf(disposition, 100_000), 'x') + image('a.png') + end,
    413,
  ],
  'a text with a head of one byte too many': [
    multipart,
    part(headOf(disposition, 16_385), 'x') + image('a.png') + end,
    413,
  ],
  'a file with a head of 100 KB': [multipart, title + part(headOf(file, 100_000), 'x') + end, 413],
  'a file with a head of one byte too many': [multipart, title + part(headOf(file, 16_385), 'x') + end, 413],
  'a file whose type is behind too large a head': [
    multipart,
    `${title}${part(`${headOf(file, 20_000)}\r\nContent-Type: text/html`, 'x')}${end}`,
    413,
  ],
  'a head of 100 KB behind the file': [
    multipart,
    title + image('a.png') + part(headOf(undeclared, 100_000), 'x') + end,
    413,
  ],
  'a head of 100 KB that does not end': [multipart, `${title}--XX\r\n${headOf(file, 100_000)}`, 413],
  'a head of 100 KB of folded lines': [
    multipart,
    title + part(`${file}\r\nX: ${'\r\n '.repeat(33_000)}`, 'x') + end,
    413,
  ],
  'a text with 101 headers': [
    multipart,
    part(disposition + '\r\nX: 1'.repeat(100), 'x') + image('a.png') + end,
    413,
  ],
  'a file with 101 headers': [multipart, title + part(file + '\r\nX: 1'.repeat(99), 'x') + end, 413],
  '101 headers behind the file': [
    multipart,
    title + image('a.png') + part(undeclared + '\r\nX: 1'.repeat(100), 'x') + end,
    413,
  ],
  'a header without a colon': [
    multipart,
    part(`${disposition}\r\nno colon\r\nContent-Type: text/plain`, 'x') + image('a.png') + end,
    400,
  ],
  'a header without a name': [multipart, part(`${disposition}\r\n: x`, 'x') + image('a.png') + end, 400],
  'a header with white space before its colon (RFC 9112, 5.1)': [
    multipart,
    part(`${disposition}\r\nX : x`, 'x') + image('a.png') + end,
    400,
  ],
  'a header with a bare LF': [
    multipart,
    part(`${disposition}\r\nX: x\nY: y`, 'x') + image('a.png') + end,
    400,
  ],
  'a header with NUL': [multipart, part(`${disposition}\r\nX: \0`, 'x') + image('a.png') + end, 400],
  'a head that begins with a folded line': [
    multipart,
    part(` folded\r\n${disposition}`, 'x') + image('a.png') + end,
    400,
  ],
  'a part with two dispositions': [
    multipart,
    part(`${disposition}\r\nContent-Disposition: form-data; name="other"`, 'x') + image('a.png') + end,
    400,
  ],
  'a file with two types': [multipart, title + part(`${file}\r\nContent-Type: text/html`, 'x') + end, 400],
  'a field of 100 KB': [
    multipart,
    part('Content-Disposition: form-data; name="title"', 'x'.repeat(100_000)) + end,
    413,
  ],
  'a file that is too large': [multipart, title + image('a.png', 'x'.repeat(70_000)) + end, 413],
  'a compressed form': [
    { ...multipart, 'content-encoding': 'gzip' },
    gzipSync(title + image('a.png') + end),
    415,
  ],
  'a compressed bomb': [
    { ...multipart, 'content-encoding': 'gzip' },
    gzipSync(Buffer.alloc(50_000_000)),
    415,
  ],
  'more bytes than the form may have': [
    multipart,
    title + part('Content-Disposition: form-data; name="x"; filename="x"', 'x'.repeat(1_200_000)) + end,
    413,
  ],
  'bytes that are not a form': [multipart, 'x'.repeat(10_000), 400],
  'a type that is not a form': [{ 'content-type': 'text/plain' }, 'title=Ada', 415],
  'a type of multipart that is not a form': [
    { 'content-type': `multipart/mixed; boundary=${boundary}` },
    title + end,
    415,
  ],
  'an empty form': [multipart, end, 422],
}
