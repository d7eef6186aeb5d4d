// The requests of the bench: a form with a large file, and one with a text and a file of 10 kB.

const boundary = 'X-MYFY-BENCH'

/** The value of the header Content-Type. */
export const contentType = `multipart/form-data; boundary=${boundary}`

/** What comes before and behind the contents of the large file. */
export const head = `--${boundary}\r\nContent-Disposition: form-data; name="archive"; filename="a.tar"\r\nContent-Type: application/x-tar\r\n\r\n`
export const tail = `\r\n--${boundary}--\r\n`

/** The largest file of the path `/small`, in bytes. */
export const SMALL = 1_048_576

const form = Buffer.from(
  `--${boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nA title\r\n--${boundary}\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n${'x'.repeat(10_240)}${tail}`,
)

/** A request with a text and a file of 10 kB. */
export const formRequest = `POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${contentType}\r\nContent-Length: ${form.byteLength}\r\n\r\n${form}`

/** Reports the port to the benchmark. */
export const listening = (port) => process.send?.({ port })
