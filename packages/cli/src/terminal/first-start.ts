// The mark of the process that starts first.

/** The environment variable of the process that starts first, and no other. */
export const FIRST_START = 'MYFY_FIRST_START'
