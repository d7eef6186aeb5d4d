// The services that a route, a hook or an authentication injects by name.

import type { Injectable } from '@myfy/di'

/** Services by name. */
export type Injection = Readonly<Record<string, Injectable>>

/** The injection of a group or route without services. */
export type NoInjection = Readonly<Record<never, never>>
