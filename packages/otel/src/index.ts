// The public names of @myfy/otel.

export { OtelModule, type OtelModuleOptions } from './otel-module.ts'
