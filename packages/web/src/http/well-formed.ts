// Text without lone surrogates, which have no encoding.

/** Returns the text with lone surrogates replaced. `String.prototype.toWellFormed` is not in the libraries of TypeScript 5. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD')
