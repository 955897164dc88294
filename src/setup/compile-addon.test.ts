import {afterEach, expect, test} from 'vitest'
import {requireCompiler} from './compile-addon.ts'

const own = process.env.CXX
afterEach(() => {
  if (own === undefined) delete process.env.CXX
  else process.env.CXX = own
})

test('CXX may be a compiler with arguments, or behind another program', async () => {
  process.env.CXX = `env ${process.execPath}` // like ccache g++
  await requireCompiler()
  process.env.CXX = 'no-such-compiler -m64'
  await expect(requireCompiler()).rejects.toThrow('install g++ (no-such-compiler is not installed)')
})
