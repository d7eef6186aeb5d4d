// Writes an application of n files: routes that inject services, a database module that takes its time to connect.

import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/**
 * The edited file is `src/features/feature0/message.ts`; `GET /` answers with what it says.
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
  write('tsconfig.json', '{ "compilerOptions": { "target": "ES2022", "module": "NodeNext", "strict": true } }\n')
  write('src/database.ts', database(connect))
  for (let index = 0; index < features; index++) {
    const folder = `src/features/feature${index}`
    write(`${folder}/message.ts`, messageFile('start'))
    write(`${folder}/service.ts`, service(index))
    write(`${folder}/routes.ts`, routes(index))
  }
  write('src/app.ts', application(features, port))
  write('src/main.ts', `import { app } from './app.ts'\n\nawait app.run()\n`)
  return { entry: path.join(root, 'src/app.ts'), main: path.join(root, 'src/main.ts'), edit: path.join(root, 'src/features/feature0/message.ts') }
}

/** The content of the edited file. */
export const messageFile = (text) => `export const message: string = '${text}'\n\nexport interface Told {\n  message: string\n}\n`

const database = (connect) => `import { BaseModule } from '@myfy/core'

export class Database {
  connected = false
  async connect(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ${connect}))
    this.connected = true
  }
}

export class DataModule extends BaseModule {
  readonly database = new Database()
  constructor() {
    super('data')
  }
  override configure(container: import('@myfy/di').Container) {
    container.register(Database, { value: this.database })
  }
  override async start() {
    await this.database.connect()
  }
  override async stop() {
    this.database.connected = false
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
