import {loadSharp} from './sharp.ts'

/** Whether a JPEG or PNG has an EXIF orientation by which it is shown otherwise than it is stored. */
export async function isOriented(bytes: Uint8Array): Promise<boolean> {
  const {buffer, byteOffset, byteLength} = bytes
  const file = Buffer.from(buffer, byteOffset, byteLength)
  if (!MARKS.some(mark => file.includes(mark))) return false // most have none, and sharp takes longer
  const sharp = await loadSharp()
  const {orientation = 1} = await sharp(bytes, {limitInputPixels: false})
    .metadata()
    .catch(() => ({orientation: 1})) // whoever decodes it reports what is wrong
  return orientation > 1
}

/** The beginnings of EXIF in a JPEG and in a PNG. */
const MARKS = ['Exif\0\0', 'eXIf']
