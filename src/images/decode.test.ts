import {cp} from 'node:fs/promises'
import {join} from 'node:path'
import {pathToFileURL} from 'node:url'
import {deflateSync} from 'node:zlib'
import {execa} from 'execa'
import sharp from 'sharp'
import {expect, test} from 'vitest'
import {openFolder} from '../../test/support/cleanup.ts'
import {decode} from './decode.ts'

// What each kind of pixel becomes is in test/goldens/images.

const noise = Uint8Array.from({length: 40 * 30 * 3}, (_, i) => (i * 7919) % 251)
const picture = sharp(noise, {raw: {width: 40, height: 30, channels: 3}})
const [jpeg, progressive, png, webp, gif] = await Promise.all([
  picture.clone().jpeg({quality: 90}).toBuffer(),
  picture.clone().jpeg({progressive: true}).toBuffer(),
  picture.clone().png().toBuffer(),
  picture.clone().webp().toBuffer(),
  picture.clone().gif().toBuffer(),
])

/** A PNG's chunk with a true checksum. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)])
  whole.writeUInt32BE(data.length)
  let crc = 0xffffffff
  for (const byte of whole.subarray(4, -4)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  whole.writeUInt32BE(~crc >>> 0, whole.length - 4)
  return whole
}

/** An RGB PNG of 8 bits with the rows given. */
function pngOf(width: number, height: number, rows: Uint8Array, before: Uint8Array = Buffer.alloc(0)): Uint8Array {
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  const start = [Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), before]
  return Buffer.concat([...start, chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

test('a PNG is decoded to the pixels that were encoded', async () => {
  expect(await decode(png, 'a.png')).toEqual({width: 40, height: 30, pixels: new Uint8Array(noise)})
})

test('a view into a longer buffer is decoded by itself', async () => {
  const longer = Buffer.concat([Buffer.alloc(3), png, Buffer.alloc(5)])
  expect((await decode(longer.subarray(3, 3 + png.length), 'a.png')).pixels).toEqual(new Uint8Array(noise))
})

test('a colour profile changes no pixel', async () => {
  const profiled = await picture.clone().withIccProfile('p3', {attach: true}).png().toBuffer()
  const plain = await sharp(profiled, {ignoreIcc: true}).raw().toBuffer()
  const {pixels} = await decode(profiled, 'p3.png')
  expect(pixels).toEqual(new Uint8Array(plain))
  expect(pixels).not.toEqual(new Uint8Array(await sharp(profiled).raw().toBuffer()))
})

test.each([
  ['jpeg', jpeg],
  ['progressive jpeg', progressive],
  ['png', png],
])('a %s that ends anywhere before its end is a fault that names it', async (_, whole) => {
  for (let share = 0; share < 1; share += 0.05) {
    const bytes = whole.subarray(0, Math.floor(whole.length * share))
    await expect(decode(bytes, 'cats/7.jpg')).rejects.toMatchObject({
      name: 'Fault',
      kind: 'input',
      message: expect.stringMatching(/^cats\/7\.jpg: (an empty file|cut short|not an image)/),
    })
  }
})

test.each([
  ['an empty file', Buffer.alloc(0), 'an empty file, not an image'],
  ['text', Buffer.from('hello, world'), 'not an image: begins with 68656c6c6f2c2077; a JPEG or PNG image is needed'],
  ['a web page', Buffer.from('\n<!DOCTYPE html>'), 'a web page, not an image; a JPEG or PNG image is needed'],
  ['an LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), 'a Git LFS pointer, not an image'],
  ['a drawing', Buffer.from('<?xml version="1.0"?>\n<svg/>'), 'an SVG drawing; a JPEG or PNG image is needed'],
  ['a GIF', gif, 'a GIF image; a JPEG or PNG image is needed'],
  ['a WebP', webp, 'a WebP image; a JPEG or PNG image is needed'],
  ['a bomb', pngOf(60_000, 60_000, Buffer.alloc(9)), 'too large: 60000 × 60000 pixels; at most 89478485 are decoded'],
  ['nothing', pngOf(0, 5, Buffer.alloc(5)), 'an image without pixels: 0 × 5'],
  ['a moving PNG', pngOf(1, 1, Buffer.alloc(4), chunk('acTL', Buffer.alloc(8))), 'an animated PNG; a still image'],
  ['a JPEG of 12 bits', bits(jpeg, 12), 'cut short or damaged (Unsupported JPEG data precision 12)'],
  ['too few rows', pngOf(1, 3, Buffer.alloc(4)), 'cut short or damaged'],
])('%s is a fault that names what is needed', async (_, bytes, message) => {
  const expected = expect.stringContaining(`x.jpg: ${message}`)
  await expect(decode(bytes, 'x.jpg')).rejects.toMatchObject({name: 'Fault', kind: 'input', message: expected})
})

test('a PNG with a flipped bit is decoded to its own pixels, or is a fault', async () => {
  let refused = 0
  for (let at = 0; at < png.length; at += 7) {
    const bytes = Buffer.from(png)
    bytes[at] ^= 1 << (at % 8)
    const end = await decode(bytes, 'cats/7.png').catch((error: Error) => error)
    if (end instanceof Error) refused++
    else expect(end.pixels).toEqual(new Uint8Array(noise))
  }
  expect(refused).toBeGreaterThan(0.9 * Math.floor(png.length / 7))
  const pixel = Buffer.from(png)
  pixel[pixel.indexOf('IDAT') + 100] ^= 1
  const message = `cats/7.png: damaged; copy it again: the checksum of the PNG's chunk "IDAT" is wrong`
  await expect(decode(pixel, 'cats/7.png')).rejects.toMatchObject({name: 'Fault', kind: 'input', message})
})

test('a chunk that decoders may skip may have a wrong checksum', async () => {
  const note = chunk('tEXt', Buffer.from('Comment\0hello'))
  note[note.length - 1] ^= 1
  const rows = Buffer.alloc(4, 7)
  rows[0] = 0
  expect((await decode(pngOf(1, 1, rows, note), 'a.png')).pixels).toEqual(Uint8Array.of(7, 7, 7))
})

test('an image is rotated by its EXIF orientation if `orient` is set, and only then', async () => {
  const [width, height] = [3, 2]
  const pixels = Uint8Array.from({length: 3 * width * height}, (_, i) => 10 * i)
  /** Where the stored pixel in row y and column x is shown, by orientation: Exif 2.3, table 6. */
  const shown: readonly ((x: number, y: number) => readonly [x: number, y: number])[] = [
    (x, y) => [x, y],
    (x, y) => [width - 1 - x, y],
    (x, y) => [width - 1 - x, height - 1 - y],
    (x, y) => [x, height - 1 - y],
    (x, y) => [y, x],
    (x, y) => [height - 1 - y, x],
    (x, y) => [height - 1 - y, width - 1 - x],
    (x, y) => [y, width - 1 - x],
  ]
  const stored = {width, height, pixels}
  for (const [i, at] of shown.entries()) {
    const image = sharp(pixels, {raw: {width, height, channels: 3}}).withMetadata({orientation: i + 1})
    const bytes = await image.png().toBuffer()
    const turned = i < 4 ? {width, height} : {width: height, height: width}
    const expected = new Uint8Array(pixels.length)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [right, down] = at(x, y)
        const pixel = pixels.subarray(3 * (y * width + x), 3 * (y * width + x) + 3)
        expected.set(pixel, 3 * (down * turned.width + right))
      }
    expect(await decode(bytes, 'a.png', {orient: true})).toEqual({...turned, pixels: expected})
    expect(await decode(bytes, 'a.png')).toEqual(stored)
  }
})

test('whichever bytes change, decoding results in an image or a fault', async () => {
  let state = 1
  const draw = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  for (let i = 0; i < 150; i++) {
    const bytes = Buffer.from([jpeg, progressive, png][i % 3])
    for (let k = 0; k <= i % 4; k++) bytes[draw(bytes.length)] = draw(256)
    const end = await decode(bytes, 'x').catch((error: Error) => error)
    if (end instanceof Error) expect(end).toMatchObject({name: 'Fault', message: expect.stringMatching(/^x: [^\n]+$/)})
    else expect(end.pixels).toHaveLength(3 * end.width * end.height)
  }
})

test('without sharp, the fault names what to install', async () => {
  const folder = openFolder() // no node_modules at or above it
  await cp(join(import.meta.dirname, '../../dist'), folder, {recursive: true})
  const module = pathToFileURL(join(folder, 'images/decode.js'))
  const script = `import {decode} from '${module}'
await decode(Buffer.from('${png.toString('hex')}', 'hex'), 'x').catch(({kind, message}) => console.log(kind, message))`
  const {stdout} = await execa(process.execPath, ['--input-type=module', '--eval', script], {cwd: folder})
  expect(stdout).toMatch(
    /^failed sharp, which decodes and draws images, cannot be loaded; npm ci --include=optional installs it/,
  )
})

/** A JPEG whose frame says another number of bits. */
function bits(whole: Uint8Array, count: number): Uint8Array {
  const bytes = Buffer.from(whole)
  bytes[bytes.indexOf(Buffer.from('ffc0', 'hex')) + 4] = count
  return bytes
}
