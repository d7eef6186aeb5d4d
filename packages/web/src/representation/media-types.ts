// Media types by file extension, as registered with IANA.

import { extname } from 'node:path'

/** Returns the media type of a file by its extension, with the charset of text; `application/octet-stream` if unknown. */
export function mediaTypeOf(path: string): string {
  const extension = extname(path).slice(1).toLowerCase()
  return MEDIA_TYPES.get(extension) ?? 'application/octet-stream'
}

/** Reports whether a media type shrinks under compression, so that a precompressed variant may exist. */
export function isCompressible(mediaType: string): boolean {
  return /^text\/|charset=|\+xml|\+json|^application\/(?:json|wasm|xml|pdf)|^font\/(?:ttf|otf)|^image\/(?:bmp|x-icon|vnd)/.test(
    mediaType,
  )
}

const TEXT: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  // RFC 9239
  js: 'text/javascript',
  mjs: 'text/javascript',
  cjs: 'text/javascript',
  txt: 'text/plain',
  text: 'text/plain',
  log: 'text/plain',
  md: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  ics: 'text/calendar',
  vcf: 'text/vcard',
  vtt: 'text/vtt',
  xml: 'application/xml',
  xhtml: 'application/xhtml+xml',
  svg: 'image/svg+xml',
  rss: 'application/rss+xml',
  atom: 'application/atom+xml',
}

const BINARY: Readonly<Record<string, string>> = {
  // JSON is UTF-8 by definition (RFC 8259) and has no charset parameter.
  json: 'application/json',
  map: 'application/json',
  webmanifest: 'application/manifest+json',
  jsonld: 'application/ld+json',
  geojson: 'application/geo+json',
  wasm: 'application/wasm',
  pdf: 'application/pdf',
  rtf: 'application/rtf',
  epub: 'application/epub+zip',
  zip: 'application/zip',
  gz: 'application/gzip',
  zst: 'application/zstd',
  tar: 'application/x-tar',
  '7z': 'application/x-7z-compressed',
  apk: 'application/vnd.android.package-archive',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  doc: 'application/msword',
  xls: 'application/vnd.ms-excel',
  ppt: 'application/vnd.ms-powerpoint',
  png: 'image/png',
  apng: 'image/apng',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heic: 'image/heic',
  jxl: 'image/jxl',
  bmp: 'image/bmp',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  ico: 'image/vnd.microsoft.icon',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  oga: 'audio/ogg',
  ogg: 'audio/ogg',
  opus: 'audio/ogg',
  flac: 'audio/flac',
  wav: 'audio/wav',
  weba: 'audio/webm',
  mp4: 'video/mp4',
  m4v: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  ogv: 'video/ogg',
  mpeg: 'video/mpeg',
  ts: 'video/mp2t',
  avi: 'video/x-msvideo',
  m3u8: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
  woff: 'font/woff',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  otf: 'font/otf',
  ttc: 'font/collection',
  eot: 'application/vnd.ms-fontobject',
  glb: 'model/gltf-binary',
  gltf: 'model/gltf+json',
}

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ...Object.entries(TEXT).map(([extension, type]) => [extension, `${type}; charset=utf-8`] as const),
  ...Object.entries(BINARY),
])
