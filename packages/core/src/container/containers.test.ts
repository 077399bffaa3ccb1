import { containerContract, describeContract } from '@tessera/testing';
import { Container as InversifyEngine } from 'inversify';
import { container as tsyringeRoot } from 'tsyringe';
import { describe, expect, it } from 'vitest';
import { inversifyContainer, token } from '../index.js';
import { tsyringeContainer } from '../tsyringe.js';

describeContract({ describe, it }, 'inversifyContainer', containerContract, () => inversifyContainer());
describeContract({ describe, it }, 'tsyringeContainer', containerContract, () => tsyringeContainer());

const word = token<string>('test.Word', 'a word');

describe('an application with a container of its own', () => {
  it('shares services with inversify, both ways', () => {
    const application = new InversifyEngine();
    application.bind('test.Word').toConstantValue('from the application');
    const container = inversifyContainer(application);
    expect(container.get(word)).toBe('from the application');
    container.bind(word, { value: 'from the workbench' });
    expect(application.get('test.Word')).toBe('from the workbench');
  });

  it('shares services with tsyringe, both ways', () => {
    const application = tsyringeRoot.createChildContainer();
    application.register('test.Word', { useValue: 'from the application' });
    const container = tsyringeContainer(application);
    expect(container.get(word)).toBe('from the application');
    container.bind(word, { value: 'from the workbench' });
    expect(application.resolve('test.Word')).toBe('from the workbench');
  });
});
