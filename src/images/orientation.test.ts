import sharp from 'sharp'
import {expect, test} from 'vitest'
import {isOriented} from './orientation.ts'

test('an image is oriented if its EXIF says that it is shown otherwise than it is stored', async () => {
  const image = sharp({create: {width: 4, height: 2, channels: 3, background: 'red'}})
  const encode = (format: 'jpeg' | 'png', orientation: number) =>
    image.clone().withMetadata({orientation}).toFormat(format).toBuffer()
  for (const format of ['jpeg', 'png'] as const) {
    expect(await isOriented(await image.clone().toFormat(format).toBuffer())).toBe(false)
    expect(await isOriented(await encode(format, 1))).toBe(false)
    expect(await isOriented(await encode(format, 6))).toBe(true)
    expect(await isOriented((await encode(format, 6)).subarray(0, 20))).toBe(false)
  }
  expect(await isOriented(Buffer.from('Exif\0\0 and no image'))).toBe(false)
})
