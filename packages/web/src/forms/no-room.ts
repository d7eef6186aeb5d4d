// The answer to an upload that the disk has no room for.

import { WebError } from '../errors.ts'
import { errors } from '../http/http-exception.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'its disk is full',
  EDQUOT: 'the disk quota of the user is used up',
  EFBIG: 'the file is larger than the system allows',
}

/**
 * Returns the 503 for an error of a disk that has no room, with a cause that names the folder and the remedy; any other
 * error itself. A full database is answered in the same way.
 */
export function explainNoRoom(error: unknown, folder: string, remedy: string): unknown {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException
  const reason = reasons[code]
  if (reason === undefined) return error
  const cause = new WebError(
    'MYFY_UPLOAD_NO_ROOM',
    `Cannot store the upload in ${folder}: ${reason} (${code}). ${remedy}.`,
    { cause: error },
  )
  return errors.serviceUnavailable('the server has no room for the upload', {
    headers: { 'retry-after': '60' },
    cause,
  })
}
