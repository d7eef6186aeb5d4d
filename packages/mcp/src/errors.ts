// The errors of this package.

import { MyfyError } from '@myfy/di'

/** The inspector of the application gives no data. */
export class InspectorError extends MyfyError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('MYFY_MCP_INSPECTOR', message, options)
  }
}
