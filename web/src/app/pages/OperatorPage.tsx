import { Page, PageHead } from '@/components/Page';
import { ControlRoom } from '@/features/operator/ControlRoom';
import { operatorTexts } from '@/lib/operatorTexts';

export default function OperatorPage() {
  return (
    <Page title={operatorTexts.title}>
      <PageHead title={operatorTexts.title} lead={operatorTexts.lead} />
      <ControlRoom />
    </Page>
  );
}
