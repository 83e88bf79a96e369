import { startStack } from '/tmp/sdktest/fakestack.mjs';
import { openBrowser, startStorefront, Tab, until } from '/work/main/tests/browser/sdk-storefront.mjs';
const stack=await startStack(); const shop=await startStorefront({url:stack.url,key:'pk_x'});
const browser=await openBrowser(); 
shop.control.held.add('/sdk/v1/runtime.js');
const tab=await Tab.open(browser, shop.origin+'/shop', async p=>{await p.evaluateOnNewDocument(()=>{const a=Element.prototype.append;HTMLHeadElement.prototype.append=function(...x){addEventListener('load',()=>setTimeout(()=>a.apply(this,x)))}});p.on('console',m=>console.log('C',m.text()));p.on('pageerror',e=>console.log('E',e))});
await new Promise(r=>setTimeout(r,500));
await tab.call('cart','add',{variant:'mug-blue'});
await tab.page.evaluate(()=>{const o=navigator.sendBeacon.bind(navigator);navigator.sendBeacon=(u,b)=>{const r=o(u,b);localStorage.beacon=u+' '+r;return r}; addEventListener('pagehide',()=>{localStorage.ph=1},{capture:true})});
console.log('closing');
await tab.page.close();
await new Promise(r=>setTimeout(r,1500));
shop.control.held.clear();
const t2=await Tab.open(browser, shop.origin+'/shop/x'); 
console.log(await t2.page.evaluate(()=>JSON.stringify(localStorage)));
console.log(JSON.stringify(shop.control.collected));
await browser.close(); await shop.stop(); stack.stop(); process.exit()
