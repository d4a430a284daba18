import { t } from '../i18n/text';
import { Command } from './Command';
import { Empty } from './Empty';

/** What to do with a server on which there is nothing. */
export function FirstStart() {
  return (
    <Empty title={t('start.title')}>
      <p>{t('start.workflow')}</p>
      <Command text={`compasso push hello.asl.json --endpoint ${location.origin}`} />
      <Command text={`compasso start hello --input '{}' --endpoint ${location.origin}`} />
      <p>{t('start.pipeline')}</p>
      <Command text={`compasso push hello.pipeline.yaml --endpoint ${location.origin}`} />
    </Empty>
  );
}
