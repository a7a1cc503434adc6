// What one has bought and sells: one piece of script, fetched when the browser has nothing better to do.
export { MyOrdersPage } from './MyOrdersPage';
export { MyTicketsPage } from './MyTicketsPage';
