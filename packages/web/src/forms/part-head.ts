// The headers of a part of a form (RFC 7578).

import { errors, HTTPException } from '../http/http-exception.ts'

/** A part of a form, as its headers describe it. */
export interface PartHead {
  readonly name: string
  /** The name of the file without directories; undefined for a text. */
  readonly filename: string | undefined
  /** The media type in lower case, without parameters. */
  readonly type: string
  /** The charset of a text, as the client states it; undefined for UTF-8. */
  readonly charset: string | undefined
}

/**
 * Returns the description of a part.
 *
 * @throws HTTPException 400 if it has no name, several headers of one name that is read, or if its file name has a control character or leads to another directory;
 * 415 if its contents are encoded
 */
export function parsePartHead(headers: Readonly<Record<string, readonly string[] | undefined>>): PartHead {
  for (const name of ['content-disposition', 'content-type', 'content-transfer-encoding'])
    if ((headers[name]?.length ?? 0) > 1)
      throw errors.badRequest(`a part of the form has several headers ${name}`)
  const [disposition] = headers['content-disposition'] ?? []
  if (disposition === undefined || !/^\s*form-data\s*(?:;|$)/i.test(disposition))
    throw errors.badRequest('a part of the form has no Content-Disposition of form-data')
  const parameters = parametersOf(disposition)
  const name = parameters.get('name')
  if (name === undefined || CONTROL.test(name))
    throw errors.badRequest('a part of the form has no valid name')
  assertTransferEncoding(headers['content-transfer-encoding']?.[0])
  const filename = encodedName(parameters.get('filename*')) ?? parameters.get('filename')
  const [contentType = filename === undefined ? 'text/plain' : 'application/octet-stream'] =
    headers['content-type'] ?? []
  return {
    name,
    filename: filename === undefined ? undefined : safeName(filename),
    type: contentType.split(';')[0]!.trim().toLowerCase(),
    charset: parametersOf(contentType).get('charset'),
  }
}

/** Refuses contents that are encoded, which would be taken for others (RFC 7578, section 4.7). */
function assertTransferEncoding(encoding = 'binary'): void {
  if (!/^\s*(?:7bit|8bit|binary)\s*$/i.test(encoding))
    throw new HTTPException(415, { detail: 'send the parts of the form without a transfer encoding' })
}

/** Returns a name that is encoded as in RFC 8187, which some clients send in spite of RFC 7578, section 4.2. */
function encodedName(value: string | undefined): string | undefined {
  const [, encoded] = /^utf-8'[^']*'(.*)$/i.exec(value ?? '') ?? []
  if (encoded === undefined) return undefined
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw errors.badRequest('the name of a file is not valid UTF-8')
  }
}

function safeName(filename: string): string {
  const segments = filename.split(/[/\\]/)
  if (CONTROL.test(filename) || segments.includes('..'))
    throw errors.badRequest('the name of a file has control characters or leads to another directory')
  // Some clients send the whole path (RFC 7578, section 4.2).
  return segments.at(-1)!
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\x00-\x1f\x7f]/

const PARAMETER = /;\s*([\w!#$&*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/gs

/** The parameters of a header. Browsers escape a quote as `%22`, other clients with a backslash. */
function parametersOf(header: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [, name = '', quoted, token = ''] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase()
    const value = quoted === undefined ? token : quoted.replace(/\\(["\\])/g, '$1')
    if (!parameters.has(key)) parameters.set(key, Buffer.from(value, 'latin1').toString())
  }
  return parameters
}
