// The shape of a schema that does not reveal its keys.

import type { Environment } from '../environment.ts'
import type { Settings } from '../settings.ts'
import { keyName } from '../variable-name.ts'
import { type Shape, scalar, shape } from './shape.ts'

/** Returns a shape with every variable that is set as a key. */
export function shapeOfVariables(settings: Settings, environment: Environment): Shape {
  const root = new Map<string, Shape>()
  for (const name of environment.names()) {
    if (!name.startsWith(settings.prefix) || !/^[A-Z0-9_]+$/.test(name)) continue
    const parts = name.slice(settings.prefix.length).split('__').map(keyName)
    if (parts.includes('')) continue
    let keys = root
    for (const part of parts.slice(0, -1)) {
      const inner = (keys.get(part)?.keys as Map<string, Shape> | undefined) ?? new Map<string, Shape>()
      keys.set(part, shape({ keys: inner, optional: true }))
      keys = inner
    }
    const last = parts.at(-1) ?? ''
    if (!keys.has(last)) keys.set(last, scalar('text'))
  }
  return shape({ keys: root })
}
