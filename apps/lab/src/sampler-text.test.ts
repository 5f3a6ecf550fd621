import { samplerTypes } from '@trivium/schema'
import { expect, it } from 'vitest'
import { parseSampler, samplerInfos } from './sampler-text.ts'

it('reads a name, parameters, and takes --steps where the sampler has steps', () => {
  expect(parseSampler('ancestral:steps=32,temperature=0.8')).toEqual({
    type: 'ancestral',
    steps: 32,
    temperature: 0.8,
  })
  expect(parseSampler('low-confidence', { steps: 8 })).toEqual({
    type: 'low-confidence',
    steps: 8,
    temperature: 1,
  })
  expect(parseSampler('ddim:steps=4', { steps: 8, temperature: 0.5 })).toEqual({
    type: 'ddim',
    steps: 4,
    temperature: 0.5,
  })
  expect(parseSampler('ar:cache=false', { steps: 8 })).toMatchObject({ type: 'ar', cache: false })
})

it.each([
  ['ancestrl:steps=3', /no sampler 'ancestrl'; did you mean 'ancestral'\?; there are ar, .*ancestral/],
  ['', /no sampler ''/],
  ['ddim', /steps is missing; write ddim:steps=32 or --steps 32/],
  ['ddim:stpes=3', /it has no 'stpes'; did you mean 'steps'/],
  ['ddim:constructor=3', /it has no 'constructor'/],
  ['ddim:steps', /'steps' is not name=value/],
  ['ddim:', /is not name=value/],
  ['ddim:steps=0', /steps 0 is not legal/],
  ['ddim:steps=many', /steps many is not legal/],
  ['threshold:tau=1.5', /tau 1\.5 is not legal/],
])('refuses %j in one line', (text, message) => {
  expect(() => parseSampler(text)).toThrow(message)
  expect(() => parseSampler(text)).toThrow(/^[^\n]*$/)
})

it('lists every sampler with what it needs', () => {
  const infos = samplerInfos()
  expect(infos.map((i) => i.type)).toEqual(samplerTypes)
  expect(infos.find((i) => i.type === 'ddim')?.required).toEqual(['steps'])
})
