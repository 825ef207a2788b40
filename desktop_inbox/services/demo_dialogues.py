"""What was said in the demo's office: a dental practice with people of many languages.

One block a conversation's latest exchange. Head: name, when it began before now, and marks ("unread" or
"draft: text"). "<" is the contact, ">" the office; a time in brackets is the pause before a line. "<photo kind"
sends a picture, "call" notes one. What is in braces at the end of an office's line is the status it kept.
"""

from typing import Final

LATEST: Final = """
Maria Gómez | 4m | unread
< Hola, ¿tienen un hueco esta semana? Se me ha caído un empaste
> Hello Maria! I am sorry to hear that. We have Thursday at 9:40 or 16:15
< Jueves a las 16:15 perfecto 🙏
> Booked. If it hurts, avoid chewing on that side
<photo tooth Así se ve ahora. ¿Es urgente?

Jonas Okafor | 11m | unread
< Hi! Running about ten minutes late, the bridge is closed again
< Is that still OK?

陈美玲 | 23m | unread
> Hello Ms Chen, a reminder of your check-up tomorrow at 11:00. Please reply to confirm
< 好的，我明天会准时到。请问需要带医保卡吗？

Amina Khalil | 38m | draft: Yes, we are open on Saturday from 9 to
< مرحبا، هل أنتم مفتوحون يوم السبت؟ ابني عنده ألم في الأسنان

Grace Whitfield | 1h
< Could you send me the invoice for the crown again? My insurer wants the code on it
> Of course. I have sent it to your email, with the code D2740 on it {delivered}
< Got it, you are a star ⭐
> You're welcome, Grace. See you in May {delivered}

Lukas Brandt | 1h | unread
< Hallo, könnte ich meinen Termin am Freitag auf den Nachmittag verschieben?
> Hello Lukas, Friday at 14:30 or 15:10 would work {read}
< 15:10 passt prima, danke!
> Great, you are down for Friday 15:10 {read}
< Noch eine Frage: darf ich vorher etwas essen?

Olivia Chen | 2h
call missed
(6m) > Hi Olivia, we saw that you called while all lines were busy. How can we help? {delivered}
< No worries! I wanted to ask if my night guard is ready
> It arrived yesterday. You can pick it up any day until six {delivered}
< Perfect, I will come by after work
> See you later! {delivered}

Marcus Bell | 1d
> Elm Street Dental: it is time for your half-year cleaning. Reply here for a time that suits you
< STOP
answer Elm Street Dental: You will get no more messages from us. Reply START if you want them again.

Dmitri Volkov | 3h
< Здравствуйте! Сколько стоит отбеливание?
> Hello Dmitri, whitening in the practice is $290, and it takes about an hour {sent}
< А есть рассрочка?
> Yes, you may pay in three parts without extra cost. Shall I reserve a time for you? {unknown}

Beatriz Almeida | 3h
< Olá! Preciso remarcar a minha consulta de amanhã, por favor
> Hello Beatriz, no problem. Would Monday at 10:00 suit you? {read}
< Segunda às 10 está ótimo, obrigada!
> Done, see you on Monday {read}

Walter Nowak | 4h
call 212
(3m) > Mr Nowak, as promised: the address of the specialist is 18 Harbour Road, second floor {delivered}
< Thank you. My wife will drive me there on Wednesday
> Good luck, and greetings to her {delivered}

Henry Osei | 5h
< The numbness is still there after six hours, is that normal?
> It can take up to eight hours after a block like yours. Please do not bite your cheek. Call us if it is still there \
tonight {delivered}
< Ok it's getting better now, thanks for answering so fast
> Glad to hear it! {delivered}

Yuki Tanaka | 6h | unread
> Hello Mr Tanaka, the laboratory needs two more days for your crown. May we move you to Thursday, 17:00? {read}
< 承知しました。木曜日の17時でお願いします。
< 駐車場はありますか？

Sophie Laurent | 7h
< Bonjour, j'ai oublié mon écharpe dans la salle d'attente hier, l'auriez-vous trouvée ?
<photo house C'est juste à côté de chez vous, je peux passer ce soir
> Bonjour Sophie! Yes, a blue one, it is waiting for you at the front desk {read}
< Super, merci beaucoup 😊
> See you tonight {read}

Tom Hargreaves | 8h
> Hi Tom, your treatment plan is ready. Shall we go through it on the phone? {delivered}
< Yes please, any time after lunch
call 385
> Here is the summary of what we discussed: two fillings now, the crown in autumn {delivered}
< Brilliant, cheers

Isabella Rossi | 22h
< Hello, do you take new patients? A friend recommended Dr. Reyes
> We do! What is the matter, or is it for a check-up? {delivered}
< Just a check-up, I moved here last month
> Then Tuesday at 8:20 or Friday at 12:00 {delivered}
< Tuesday please
> Wonderful. Please bring your insurance card {delivered}
<photo card Is this the right side?
> That is the one, thank you {delivered}

Noa Ben-David | 1d
< שלום, אפשר להזיז את התור ליום חמישי?
> Hello Noa, Thursday at 13:30 is free {read}
< מצוין, תודה רבה!
> Booked, see you on Thursday {read}

Min-jun Park | 1d
< 안녕하세요, 스케일링 비용이 얼마인가요?
> Hello! A cleaning is $120, most insurance plans pay for two a year {sent}
< 감사합니다! 다음 주에 예약할게요
> We look forward to it {sent}

Priya Raman | 1d
< नमस्ते, क्या डॉक्टर रेयेस सोमवार को हैं?
> Hello Priya, yes, on Monday from 8 to 2 {read}
< ठीक है, धन्यवाद 🙏

Elif Yılmaz | 2d
< Merhaba, kızımın randevusu için hangi belgeleri getirmeliyim?
> Hello Elif, only her insurance card and the list of her medicines {read}
< Çok teşekkürler!
> See you both on Friday {read}

Nattapong Srisai | 2d
< สวัสดีครับ วันเสาร์เปิดไหมครับ
> Hello! Yes, on Saturday from 9:00 to 13:00 {sent}
< ขอบคุณครับ

Caleb Thompson | 2d
> Hi Caleb, a reminder of your appointment tomorrow at 15:45 {failed}

Hannah Fischer | 2d
< Hallo, die Schiene drückt seit gestern ein bisschen. Soll ich vorbeikommen?
> Hello Hannah, yes, please come by tomorrow between 8 and 9, it takes five minutes {delivered}
< Prima, bis morgen!
> See you in the morning, Hannah {delivered}

Ruth Adeyemi | 3d
< Hello, is it possible to pay the balance in two parts?
> Of course, Ruth. Half now and half at the end of next month? {delivered}
< That would help a lot. Thank you for your patience
> Any time {delivered}

Sam Patel | 3d
> Hello Sam, Dr. Reyes has a free hour today at 16:00, in case you would like to come earlier {delivered}
< Oh nice, I'll take it!
> Great, see you at four {delivered}

Dorothy Kim | 3d
< My grandson chipped a tooth at football practice 😟
<photo tooth
> Poor thing! Keep the piece in milk and come in right away, we will fit him in {delivered}
< On our way
(2h) > How is he doing? {delivered}
< Smiling again and proud of his repair. Thank you all so much ❤️

Leo Martins | 4d
< Olá, quanto tempo dura o efeito da anestesia?
> Usually three to four hours. Please wait with hot drinks {delivered}
< Entendi, obrigado
> You're welcome, Leo {delivered}

Fatima Zahra | 4d
< مرحبا، كم سعر تنظيف الأسنان؟
> Hello Fatima, a cleaning is $120. Would you like an appointment next week? {read}
< نعم، يوم الثلاثاء بعد الظهر إذا أمكن
> Tuesday at 15:00 is yours {read}
< شكرا جزيلا
> With pleasure, Fatima {read}

George Papadakis | 5d
> Dear Mr Papadakis, your denture is ready to be fitted. Please tell us when you can come {undelivered}

Zoe Mitchell | 5d
< Do I have to do anything special before the wisdom tooth comes out?
> Eat well before, and bring somebody who can drive you home {delivered}
< My sister will come with me. I am a bit nervous to be honest
> That is normal, and we take all the time you need {delivered}
< 🙏

Rosa Delgado | 6d
< Hola, ¿aceptan pago con tarjeta?
> Yes, all cards, and cash of course {read}
< Perfecto, gracias
> With pleasure! {read}

Emily Stone | 6d
< Thank you for yesterday, no pain at all!
<photo dog Somebody was happy that I came home early 🐶
> What a sweet patient helper! See you in half a year {delivered}

Rafael Ortiz | 8d
< ¿Podría cambiar la cita del miércoles? Tengo turno en el trabajo
> No problem, Rafael. Thursday at 8:00? {delivered}
< Sí, perfecto
> Done, Thursday at 8:00 {delivered}
"""

#: Earlier exchanges, used again and again with other days and times: {day}, {time}, {price}, {name}.
EARLIER: Final = """
> Hello {name}, a reminder of your appointment on {day} at {time}. Please reply to confirm
< Confirmed, thank you
> See you then!

< Hi, do you have anything on {day}?
> We have {time} free, does that work?
< Yes, that works
> Booked. See you on {day}

> Hello {name}, it is time for your half-year cleaning. Would {day} at {time} suit you?
< Could we make it a week later?
> Of course, I have moved it
< Thanks 👍
> You're welcome, {name}

< How much would a new filling be?
> Between {price} and twice that, depending on the size. Your insurance usually pays most of it
< Okay, good to know
> Any time

< Can I get a copy of my last X-ray?
> Certainly. We have sent it to your email
< Received, thank you
> Glad to help

> Hello {name}, we would love to know how you feel after the treatment
< Much better, thanks for asking!
> That is good to hear

< I will be five minutes late
> No problem, we will wait for you

> Hello {name}, Dr. Reyes is away on {day}. May we move you to the same time a day later?
< Sure, no problem
> Thank you for understanding

< Is it normal that my gum is a little swollen?
> Yes, for two or three days. Rinse with warm salt water
< Okay, I will do that
> If it gets worse, please call us

< What are your opening hours?
> Monday to Friday from 8:00 to 18:00, Saturday from 9:00 to 13:00

> Hello {name}, your balance of {price} is due on {day}. You can pay at the desk or by card on the phone
< Paid just now
> Received, many thanks

< Which toothbrush do you recommend?
> A soft one, and change it every three months. We keep a few good ones at the desk
"""
