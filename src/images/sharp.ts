import {Fault} from '../base/fault.ts'

/** Loads sharp, which takes a tenth of a second, so only when an image is decoded or drawn. */
export async function loadSharp() {
  try {
    return (await import('sharp')).default
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    const message = `sharp, which decodes and draws images, cannot be loaded; npm ci --include=optional installs it: ${reason}`
    throw new Fault('failed', message, {cause})
  }
}

/** The fault of an image that sharp cannot decode. */
export function decodingFault(name: string, cause: unknown): Fault {
  const [line] = cause instanceof Error ? cause.message.split('\n') : []
  const reason = line
    ?.replace(/^Input buffer has corrupt header:|Unknown error|Vips\w+:|vips\w+:|\p{C}/gu, ' ')
    .trim()
    .slice(0, 120)
    .trim()
  const words = reason ? ` (${reason})` : ''
  return new Fault('input', `${name}: cut short or damaged${words}; copy it again, or leave it out`, {cause})
}
