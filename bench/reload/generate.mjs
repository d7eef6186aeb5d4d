// Writes an application of n files: routes that inject services, and a database module that connects slowly.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * The edited file is `src/features/feature0/message.ts`; `GET /` responds with its message.
 * About a third of the files each: services, routes, and values that both import.
 */
export function generateApplication(root, { files, port, connect = 0 }) {
  const write = (name, text) => {
    const file = path.join(root, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const features = Math.max(1, Math.floor((files - 3) / 3))
  write('package.json', '{ "name": "bench-app", "private": true, "type": "module" }\n')
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "target": "ES2022", "module": "NodeNext", "strict": true } }\n',
  )
  write('src/database.ts', database(connect))
  for (let index = 0; index < features; index++) {
    const folder = `src/features/feature${index}`
    write(`${folder}/message.ts`, messageFile('start'))
    write(`${folder}/service.ts`, service(index))
    write(`${folder}/routes.ts`, routes(index))
  }
  write('src/app.ts', application(features, port))
  write('src/handler.ts', handler(features))
  write(
    'src/bun.ts',
    `import { handle } from './handler.ts'\n\nBun.serve({ port: ${port}, hostname: '127.0.0.1', fetch: () => Response.json({ message: handle.message() }) })\n`,
  )
  write('src/main.ts', `import { app } from './app.ts'\n\nawait app.run()\n`)
  return {
    entry: path.join(root, 'src/app.ts'),
    main: path.join(root, 'src/main.ts'),
    edit: path.join(root, 'src/features/feature0/message.ts'),
  }
}

/** The same files with a plain handler, for peers that reload a handler instead of an application. */
const handler = (features) => `import type { IncomingMessage, ServerResponse } from 'node:http'
import { message } from './features/feature0/message.ts'
${Array.from({ length: features }, (_, index) => `import { routes${index} } from './features/feature${index}/routes.ts'`).join('\n')}

const all = [${Array.from({ length: features }, (_, index) => `routes${index}`).join(', ')}]

export function handle(_: IncomingMessage, response: ServerResponse) {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ message, routes: all.length }))
}
handle.message = () => message
`

/** A NestJS application with the same number of providers and controllers. */
export function generateNest(root, { files, port }) {
  const write = (name, text) => {
    const file = path.join(root, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const features = Math.max(1, Math.floor((files - 3) / 3))
  const each = (line) => Array.from({ length: features }, (_, index) => line(index)).join('\n')
  write('package.json', '{ "name": "bench-nest", "private": true, "type": "module" }\n')
  write(
    'nest-cli.json',
    '{ "sourceRoot": "src", "entryFile": "main", "compilerOptions": { "builder": "swc", "typeCheck": false } }\n',
  )
  write(
    '.swcrc',
    '{ "jsc": { "parser": { "syntax": "typescript", "decorators": true }, "transform": { "legacyDecorator": true, "decoratorMetadata": true }, "target": "es2022" }, "module": { "type": "es6" }, "sourceMaps": false }\n',
  )
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "target": "ES2022", "module": "NodeNext", "moduleResolution": "NodeNext", "experimentalDecorators": true, "emitDecoratorMetadata": true, "outDir": "./dist", "rootDir": "./src", "skipLibCheck": true }, "include": ["src"] }\n',
  )
  for (let index = 0; index < features; index++) {
    const folder = `src/feature${index}`
    write(`${folder}/message.ts`, messageFile('start'))
    write(
      `${folder}/service.ts`,
      `import { Injectable } from '@nestjs/common'\nimport { message } from './message.js'\n\n@Injectable()\nexport class Service${index} {\n  tell() {\n    return { message }\n  }\n}\n`,
    )
    write(
      `${folder}/controller.ts`,
      `import { Controller, Get } from '@nestjs/common'\nimport { Service${index} } from './service.js'\n\n@Controller('${index === 0 ? '' : `feature${index}`}')\nexport class Controller${index} {\n  constructor(private readonly service: Service${index}) {}\n  @Get()\n  tell() {\n    return this.service.tell()\n  }\n}\n`,
    )
  }
  write(
    'src/main.ts',
    `import 'reflect-metadata'\nimport { Module } from '@nestjs/common'\nimport { NestFactory } from '@nestjs/core'\n${each((index) => `import { Service${index} } from './feature${index}/service.js'\nimport { Controller${index} } from './feature${index}/controller.js'`)}\n\n@Module({ providers: [${Array.from({ length: features }, (_, index) => `Service${index}`)}], controllers: [${Array.from({ length: features }, (_, index) => `Controller${index}`)}] })\nclass AppModule {}\n\nconst app = await NestFactory.create(AppModule, { logger: false })\nawait app.listen(${port}, '127.0.0.1')\n`,
  )
  return {
    entry: path.join(root, 'src/main.ts'),
    main: path.join(root, 'src/main.ts'),
    edit: path.join(root, 'src/feature0/message.ts'),
  }
}

/** The content of the edited file. */
export const messageFile = (text) =>
  `export const message: string = '${text}'\n\nexport interface Told {\n  message: string\n}\n`

const database = (connect) => `import { BaseModule } from '@myfy/core'

export class Database {
  connected = false
  async connect(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ${connect}))
    this.connected = true
  }
}

export class DataModule extends BaseModule {
  constructor() {
    super('data')
  }
  override configure(container: import('@myfy/di').Container) {
    container.register(Database, { inject: [], factory: () => new Database() })
  }
  override async start() {
    await this.container.get(Database).connect()
  }
  override async stop() {
    this.container.get(Database).connected = false
  }
}
`

const service = (index) => `import { Database } from '../../database.ts'
import { message, type Told } from './message.ts'

enum Kind {
  Plain,
  Fancy = ${index},
}

export class Service${index} {
  constructor(private readonly database: Database) {}

  tell(): Told & { kind: Kind; connected: boolean } {
    return { message, kind: Kind.Fancy, connected: this.database.connected }
  }
}
`

const routes = (index) => `import { defineRoutes } from '@myfy/web'
import { z } from 'zod'
import { Service${index} } from './service.ts'

const params = z.object({ id: z.coerce.number().int() })

export const routes${index} = defineRoutes('/feature${index}', (route) => {
  route.get('/', { inject: { service: Service${index} } }, ({ service }) => service.tell())
  route.get('/:id', { params, inject: { service: Service${index} } }, ({ params: { id }, service }) => ({ id, ...service.tell() }))
})
`

const application = (features, port) => {
  const each = (line) => Array.from({ length: features }, (_, index) => line(index)).join('\n')
  return `import { Application, BaseModule } from '@myfy/core'
import { WebModule, defineRoutes } from '@myfy/web'
import { DataModule, Database } from './database.ts'
import { message } from './features/feature0/message.ts'
${each((index) => `import { routes${index} } from './features/feature${index}/routes.ts'`)}
${each((index) => `import { Service${index} } from './features/feature${index}/service.ts'`)}

class Services extends BaseModule {
  constructor() {
    super('services')
  }
  override configure(container: import('@myfy/di').Container) {
${each((index) => `    container.register(Service${index}, { inject: [Database], factory: (database) => new Service${index}(database) })`)}
  }
}

const home = defineRoutes('', (route) => {
  route.get('/', () => ({ message }))
})

export const app = new Application()
  .addModule(new DataModule())
  .addModule(new Services())
  .addModule(new WebModule({ routes: [home, ${Array.from({ length: features }, (_, index) => `routes${index}`).join(', ')}], port: ${port}, host: '127.0.0.1' }))
`
}
