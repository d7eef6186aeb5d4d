// Module and transport

export type { InspectorOptions } from './inspector/inspector.ts'
export type { TLSOptions } from './node/front/tls-options.ts'
export { HTTPTransport, type HTTPTransportOptions } from './node/http-transport.ts'
export type { ConnectionLimits } from './node/limits.ts'
export type { AccessLogOptions } from './observation/access-log.ts'
export { WebModule } from './web-module.ts'
export type { WebModuleOptions } from './web-module-options.ts'

// Routes

export { type FilesOptions, serveFiles } from './files/static-files.ts'
export type { CorsOptions } from './http/cors-options.ts'
export { type FetchHandler, type MountOptions, mount } from './mount/mount.ts'
export { type MountNodeOptions, mountNode } from './mount/mount-node.ts'
export { type ProxyOptions, proxy } from './mount/proxy.ts'
export type { NodeHandler, NodeUpgrade } from './response/node-handler.ts'
export type {
  JoinPath,
  NameCharacter,
  NamedParam,
  ParamOf,
  ParamsOf,
  PathParams,
  SplitName,
  WithoutConstraint,
  WithoutNested,
} from './router/path-params.ts'
export type { TrailingSlash } from './router/route-match.ts'
export type { BeforeHook, BeforeResult } from './routing/before-hook.ts'
export { defineRoutes } from './routing/define-routes.ts'
export type { RoutesModule } from './routing/module-routes.ts'
export type {
  GroupMethod,
  InlineOption,
  InlineOptions,
  KnownOptions,
  MessageSchema,
  NamesBeside,
  NamesOf,
  NestedOption,
  NoSpec,
  NoSuchOption,
  ReservedName,
  RouteBuilder,
  RouteMethod,
  SpecArgument,
  TypedSpec,
  UnknownNames,
  UnknownOptions,
  ValidInject,
  WebSocketMethod,
  WithUnknownNames,
} from './routing/route-builder.ts'
export type {
  AuthOption,
  GroupIdentity,
  GroupParams,
  Method,
  ResponseDescription,
  Route,
  RouteGroupOptions,
  RouteSpec,
  Routes,
} from './routing/route-spec.ts'
export type {
  AnyStatusReply,
  BodyOf,
  DeclaredBody,
  DeclaredOutput,
  HasSchema,
  ReplyOutput,
  Resolved,
  ReturnedOutput,
  RouteInput,
  RouteOutput,
  SchemaPart,
  SuccessOutput,
  SuccessStatus,
  TypedRoute,
  WithPrefix,
} from './routing/typed-route.ts'

// Handlers and middleware

export type {
  DeclaredInput,
  GroupTypes,
  Handler,
  HandlerContext,
  HandlerResponse,
  HandlerResult,
  IdentityPart,
  Immutable,
  NoGroup,
  RequestParts,
  ResponseValue,
  RouteIdentity,
  RouteServices,
  SchemaInput,
  SchemaOutput,
  StatusReplies,
  SuccessInput,
} from './routing/handler.ts'
export type { AnyParams, Middleware, MiddlewareContext } from './routing/middleware.ts'
export type {
  NoMessageSchema,
  WebSocketHandler,
  WebSocketHooks,
  WebSocketMessage,
  WebSocketPeer,
} from './routing/websocket.ts'

// Authentication

export {
  type AnyAuth,
  Auth,
  type AuthContext,
  type AuthOptions,
  type AuthResult,
  defineAuth,
  type IdentityOf,
} from './auth/define-auth.ts'
export type {
  ApiKeyOptions,
  AuthScheme,
  BasicOptions,
  BearerOptions,
  CookieOptions,
  Credentials,
  SchemeOptions,
} from './auth/scheme.ts'

// Rate limits

export type {
  RateLimit,
  RateLimitContext,
  RateLimitOption,
  RateLimitStore,
} from './rate-limit/rate-limit.ts'

// Forms

export { FileField, type FileOptions, type FileValue, file } from './forms/file-field.ts'
export { type FormOptions, type FormOutput, FormSchema, type FormShape, form } from './forms/form.ts'
export { StreamedFile, UploadedFile } from './forms/uploaded-file.ts'
export type { Size } from './http/size.ts'

// Request

export type { TrustProxy } from './client/trust-proxy.ts'
export type { CookieAttributes } from './http/cookie.ts'
export type { Query } from './http/query.ts'
export type { Cookies } from './request/cookies.ts'
export type { H3Event, H3Request } from './request/h3-event.ts'
export type { Injection, NoInjection } from './request/injection.ts'
export { Local, type Locals, local } from './request/locals.ts'
export { CurrentRequest, RequestContext } from './request/request-context.ts'
export type { StreamControl } from './request/stream-control.ts'

// Response

export { type DownloadOptions, type DownloadSource, download } from './answers/download.ts'
export { HTML, html } from './answers/html.ts'
export { type RedirectStatus, redirect } from './answers/redirect.ts'
export { defineSession, type Session, type SessionOptions } from './answers/session.ts'
export type { CompressionOptions } from './representation/compression.ts'
export type { EncodingName } from './representation/encoders.ts'
export type {
  EventSource,
  EventStream,
  EventStreamOptions,
  PushStreamOptions,
  ServerEvent,
  Subscribe,
} from './response/event-stream.ts'
export type { SecurityHeaders } from './response/security-headers.ts'
export { reply, StatusReply } from './response/status-reply.ts'

// Errors

export { ListenError, MiddlewareError, ResponseError, RouteError, TLSError, WebError } from './errors.ts'
export {
  errors,
  HTTPException,
  type HTTPExceptionOptions,
  type NamedError,
  type ProblemDetails,
} from './http/http-exception.ts'
export type { ExceptionHandler, ExceptionHandlersModule } from './pipeline/exception-handlers.ts'
export type { InputSource, ValidationProblem } from './validation/validation-problem.ts'

// API description and health

export type { HealthOptions } from './health/health-report.ts'
export type { OpenAPIDocument, OpenAPIOptions } from './openapi/document.ts'
