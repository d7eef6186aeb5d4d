// The requests to every server, and the application logic that all of them share.

import { z } from 'zod'

/** A body of about 1 KB. */
export const order = {
  customer: 'Ada Lovelace',
  email: 'ada@example.com',
  address: { street: '12 St James Square', city: 'London', zip: 'SW1Y 4JH' },
  items: Array.from({ length: 10 }, (_, i) => ({
    sku: `SKU-${1000 + i}`,
    name: `Part number ${i}`,
    quantity: i + 1,
    price: 9.5,
  })),
  notes: 'Please ring twice. '.repeat(5),
}

export const Order = z.object({
  customer: z.string().min(1),
  email: z.string(),
  address: z.object({ street: z.string(), city: z.string(), zip: z.string() }),
  items: z
    .array(z.object({ sku: z.string(), name: z.string(), quantity: z.number(), price: z.number() }))
    .max(100),
  notes: z.string(),
})

export const total = (body) => ({
  total: body.items.reduce((sum, item) => sum + item.quantity * item.price, 0),
})

/** A singleton. */
export class Greeter {
  greet(name) {
    return { hello: name }
  }
}

/** Four request-scoped services and their dependencies. */
export class Context {
  constructor(path) {
    this.path = path
  }
}
export class Repository {
  constructor(context, greeter) {
    this.context = context
    this.greeter = greeter
  }
}
export class Service {
  constructor(repository, context) {
    this.repository = repository
    this.context = context
  }
}
export class Facade {
  constructor(service) {
    this.service = service
  }
  answer() {
    return this.service.repository.greeter.greet(this.service.context.path)
  }
}

/** Routes 0 to 99, each with a parameter. */
export const deep = Array.from({ length: 100 }, (_, i) => `/api/resource${i}`)

const body = JSON.stringify(order)

/** The requests, as bytes. */
export const requests = {
  hello: 'GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n',
  deep: 'GET /api/resource99/42 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  post: `POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  singleton: 'GET /singleton HTTP/1.1\r\nHost: localhost\r\n\r\n',
  scoped: 'GET /scoped HTTP/1.1\r\nHost: localhost\r\n\r\n',
}

/** CORS and one middleware around every route, in a process of its own: requests name the origin of a page. */
export const around = {
  enabled: process.env.BENCH_AROUND === '1',
  origin: 'https://app.example',
  request: 'GET /hello HTTP/1.1\r\nHost: localhost\r\nOrigin: https://app.example\r\n\r\n',
}

/** Prints the address of the server. */
export const listening = (port) => process.send?.({ port })
