// The seller's pages: one piece of script, fetched when the browser has nothing better to do.
export { EditTicketPage } from './EditTicketPage';
export { SellPage } from './SellPage';
