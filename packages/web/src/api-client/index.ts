// The public names of @myfy/web/client. No code of the server is reachable from here.

export { ClientError } from './client-error.ts'
export type {
  Answer,
  Client,
  ClientAnswer,
  ClientInput,
  ClientMethod,
  ErrorStatus,
  FlatRoutes,
  InputArguments,
  PathValue,
  ProblemAnswer,
  QueryValue,
  RequestOptions,
  RoutesByPath,
  Sent,
} from './client-types.ts'
export { type ClientOptions, createClient, type HeadersSource } from './create-client.ts'
