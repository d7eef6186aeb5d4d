// Sizes in bytes, as options write them.

import { OptionError } from '@myfy/core'

const UNITS = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 } as const

/** A size: a number of bytes, or a text with a unit of powers of 1024: `'64kb'`, `'5mb'`, `'2gb'`. */
export type Size = number | `${number}${keyof typeof UNITS}`

/**
 * Returns the bytes of an option.
 *
 * @param name - the path of the option, for the error: `file.max`
 * @throws OptionError for anything but a number of bytes or a text with a unit
 */
export function sizeOption(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?) ?(b|kb|mb|gb)$/i.exec(value.trim()) : null
  if (match) return Math.floor(Number(match[1]) * UNITS[match[2]!.toLowerCase() as keyof typeof UNITS])
  const given = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : String(value)
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot use ${given} as ${name}: it is not a size. Write a number of bytes, or a text such as 64kb, 5mb or 2gb.`,
  )
}
