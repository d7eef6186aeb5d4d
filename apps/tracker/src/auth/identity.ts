// Who asks: a bearer token, in the header or, for EventSource and WebSocket, in the query.

import { defineSettings } from '@myfy/core'
import { type Injected, singleton } from '@myfy/di'
import { defineAuth } from '@myfy/web'
import { jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'

export interface Identity {
  readonly id: number
  readonly role: string
}

export const AuthSettings = defineSettings(
  z.object({ jwtSecret: z.string().min(32), tokenTtl: z.string().default('15m') }),
  { name: 'AuthSettings' },
)

export const Tokens = singleton({ settings: AuthSettings }, ({ settings }) => tokensOf(settings))

export function tokensOf(settings: Injected<typeof AuthSettings>) {
  const key = new TextEncoder().encode(settings.jwtSecret)
  return {
    sign: ({ id, role }: Identity) =>
      new SignJWT({ role, sub: String(id) })
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime(settings.tokenTtl)
        .sign(key),
    /** Returns undefined for a token that is not valid. */
    verify: (token: string): Promise<Identity | undefined> =>
      jwtVerify(token, key, { algorithms: ['HS256'] }).then(
        ({ payload }) => ({ id: Number(payload.sub), role: String(payload.role) }),
        () => undefined,
      ),
  }
}

const inject = { tokens: Tokens }

const bearer = defineAuth({
  scheme: 'bearer',
  bearerFormat: 'JWT',
  inject,
  authenticate: ({ token, tokens }) => tokens.verify(token),
})

const query = defineAuth({
  scheme: 'apiKey',
  query: 'access_token',
  identity: bearer.identity,
  inject,
  authenticate: ({ key, tokens }) => tokens.verify(key),
})

/** The option `auth` of every group whose routes need a user. */
export const signedIn = [bearer, query] as const
