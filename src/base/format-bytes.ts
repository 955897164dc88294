/** Formats bytes in powers of ten: `71 kB`, `3.5 MB`, `812 MB`, `5.2 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e5) return `${Math.ceil(bytes / 1e3)} kB`
  if (bytes < 999.5e6) return `${(bytes / 1e6).toFixed(bytes < 9.95e6 ? 1 : 0)} MB`
  return `${(bytes / 1e9).toFixed(1)} GB`
}
