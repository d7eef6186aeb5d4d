// NestJS with enableShutdownHooks, as documented.
import 'reflect-metadata'
import { Controller, Get, Injectable, Module, Res } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { cleanup, events, listening, slow } from './common.mjs'

class MainController {
  fast() {
    return { ok: true }
  }
  slow() {
    return slow()
  }
  events(reply) {
    reply.hijack()
    events(reply.raw)
  }
}
Controller()(MainController)
for (const name of ['fast', 'slow', 'events']) {
  Get(name)(MainController.prototype, name, Object.getOwnPropertyDescriptor(MainController.prototype, name))
}
Res()(MainController.prototype, 'events', 0)
class Database {
  onModuleDestroy() {
    cleanup()
  }
}
Injectable()(Database)
class AppModule {}
Module({ controllers: [MainController], providers: [Database] })(AppModule)

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false })
app.enableShutdownHooks()
await app.listen(0, '127.0.0.1')
listening(app.getHttpServer().address().port)
