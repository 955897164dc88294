import {mkdtemp, open, readFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {writePieces} from './write-pieces.ts'

const PIECE = Buffer.alloc(1000, 'a')

/** Pieces that come one by one, so that an error of the disk falls between them. */
async function* slowly(count: number, piece = PIECE): AsyncGenerator<Buffer> {
  for (let i = 0; i < count; i++) {
    yield piece
    await sleep(50)
  }
}

test('pieces are written from their position on', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'svft-pieces-')), 'file')
  const handle = await open(path, 'w+')
  const seen: number[] = []
  await handle.write('bb')
  await writePieces(slowly(2), handle, {from: 2, advance: done => seen.push(done)})
  await handle.close()
  expect(await readFile(path, 'utf8')).toBe(`bb${'a'.repeat(2000)}`)
  expect(seen).toEqual([1002, 2002])
})

test.runIf(process.platform === 'linux')('a full disk is an error of the write, also between two pieces', async () => {
  const handle = await open('/dev/full', 'r+')
  for (const piece of [PIECE, Buffer.alloc(2 ** 21)]) {
    const written = writePieces(slowly(3, piece), handle, {from: 0, advance: () => {}})
    await expect(written).rejects.toMatchObject({code: 'ENOSPC'})
  }
  await handle.close()
})

test.runIf(process.platform === 'linux')('a failure to write back what was written is an error too', async () => {
  const handle = await open('/dev/null', 'r+') // which accepts every write and cannot sync one
  const written = writePieces(slowly(2, Buffer.alloc(2 ** 26)), handle, {from: 0, advance: () => {}})
  await expect(written).rejects.toMatchObject({syscall: 'fdatasync'})
  await handle.close()
})
