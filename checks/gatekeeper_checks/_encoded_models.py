"""Pipelines with an encoder, as scikit-learn saves them: made by tests/contract/make_encoded_models.py."""

from __future__ import annotations

import base64
import zlib


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode("".join(text.split())))


REJECTING = _unpacked(r"""
c-
nnb&2Jk;6pvl6?R?lts1l%13XOuoM~tGPst80PB8XHYx2k&RB^r%)XFY>=XO`KSgh(Jhq$agANJt%ymAG(3>V+fM{sHh$a6t$O2_z2X&F*^b(3U;y?!0;L
&3nK1`^^`%Z!b1xvd1i?!-!zXI|)lj#5l30d42qQ*S_+l{mgC{FI6N-?LPcAd=crGr`D{ELwyk^A|)M^Zy_ZyPeUPNBCT28&5SpvY-
QSoDNmQ()Fl}(!L7MamL*9dg-_Cy@j(X>?u)=VoAxysFpi`5bIT;@oR1Y52+0U|)v#8=8ZS^s3AE;M9VbWDG{Q(=b@@$*GHr@^5D}#Lkc&e&+app6sJvBJ
&;gD#u|2brpB|u?W#tqbd!PSZfZ2)}N1-
GiYw$dRh<1!WK~weg%n~X(LkG}C)~mPGd8@N!b${Q|MSNnhnUy5QjJvkXe1g+dQ7QC*S{PS?Wl9hjNJ>Q%*uCvvE@h9YbM%quyF<=S;ff9k8&KuU4LGt7g
R&#@Z1Iaif|Zs8aU7Er39alMvwYeJJz2AwA?HRcNhj8kVpvKHP%a=ze8E#CwXXnA`iyDtAm6-
eyEC`#Zl!Ne><zoot#qrmokKAW0Ka<eiXGj_ch8v0r?%JYU3~~o_Udjc+aEdBmBjEgXV46R4b$f1^7A6QRntUcdIFeh*qomxBT@qV60P7JFyNHq3tilYDl
uJ$PX%i;hbG|Db^0>o*@2;$c7Z%V<T3z;t!efmCl0zupUPQCSLiBznx3Q2(dX&;9(|!C3BAyxFT#kRhJq;ySdIG;3G9fzPT!zg4m5gc3|R#hZ;z(LfuVQ$
UbkZAC(LrkKN?yqLN`o};8Z#O3#oucUJ7l%w{}Rt?7+mp%rUJe=+KwwMct=sCjf<c?FpI;HTM-
1c3SsmKPb$PResF{0VNk0cRC=bST{jZEP%EgzS#FkqEHSz@UrDo;tx>~0v^kcve(QBPBxX;6z(c(3=a{O14sUO2t$+QYN^9wpupjf4WKwPTlN770uo|iyG
{RhGzBZilPO@kdSZ!LEb<qiqMUQ4+1Ct2<nB=~jbJAeOSjT<xq)}bPAu6%=h=?IF_F&EoEs0qUD8;h7%ru#gZdaiF-sq2#v5cH-
GG2ECFre?xjGb)4p#uQ?u+CI-
GaX}N<?<=-TM#z`tHZyzNQ;63AoakVh4aTv{W^oFGz?ULoz4nE2bKr67oC$5%P=^^6t_<Zt?K<?P{)t9qVN50o=n(y|a!`I)av-
aLzr*vGUb}Kkol|edn9+FaP|*uj_e^xw0(?-8A*o$B@QdNB4G{`C-kU?6JePKocfY&N;sofED$a#6rT&O<x`5j-7u26gAxo
""")

GUESSING = _unpacked(r"""
c-nnb&1)n@6wl1gS3YKvxFqW8x@w5TkBo$su%eh?(7?_zyDT2OgrcUqda9i6s<yf+F`)PXo9sXd!j{JcFCK-xc=Wn|fc_I+L<B*>!}_Yb<|FQ|edzA0dhg
YHzxVsSFDl<|*Jtv_EM<e3V9DDlOG(T)v8Hij^n1s?{H6WOZkTGONSfIL_^k&b)(Ow7SsS?qB1uI?+Nd}}N@AWxLMB97v%HsYelWE+4!baA>7tvOBz-
2hHJ8R|Ns>wtkSt@o-
$sN7B6P;4bzO#x<M_Q|XA*QSz>4&RWCW}#SSw*oHB`qblvd?BNsq0mN3p<a`wj3iEsA*<6QucoizB#uS!cvw6rw{MYjAA(Q@_6Y03Ne4GD=vUo<H3G{BI9
#GhrM>l6<Ve^4NAwE5V<jsr<TT3HeIVA(WNZUfpWH+1|3ccVOuvKDF4)N|Ip4U72P+#aX7P6uM6>v@gXH(uEC@Q4xoBf9IFW`D1DveI$DBlJiqIqa(ulRJ
rXsT-k%h*`ayb|DuRsr6oZeCnQ5cD|_24pWTF-tXa*GbS;;po#<FGEF}hL7my@@;F*#-
P=GIe%G7yS9Nw{=nOk<R)U&7drrqe2I^|o=z_$mQQNDh~4sREy=S=BS+wFF9u=7`EN7>%cv2aY3s^$!eA#h+?e3X8XWT$KzXhc^4a}Aq|)8s@-
fL*E;yh8>YbNr!;2aqME>+mUIZRXGfe7a6wf;hX-
6w~s^14J$YVAz~yGjd{~i}Z<tm2`!!(kJN!`V4)RUd)T3&y9&fFLmkj&?d;kvqb>`aW5vJ9n#n6>vYQjM=y_HE5YKe;gn!7)KA~-l+65uT`q-
(T`S&o!&C^)l+%Qe3aC`gpcMF4jtFc!Kryg$MC}Pe^ac8&?$NbVfWy4{7@bC%2MQ89I}6Ug@3$X04JytFXt}_+(*i+$-
2hp!5Xy2G;~*fZLIwE1&1OJJFhJe~ES4W;u$dE_Y$~xS+<2=Gju4i8CxCfyLzCs|Sc|@?z~hMZAvrTUt^)#uB*MUWoBeNVJTpg~@vvPzwZts?_#RYL@Xj=
Pnt_nqY^`Q7oaBP(l)5f9aPPzkCST|x+6fq@(ixfyqei&FjU`H8FvV@u!vKm|x|VO=Bz@@`1bi8T-
i(;bLlNn41wd<oNRQEn@OMs$*zUh`@BUxk{rKD0bOSm8W1cB?2slGYWm63ViO?fR=45@vl%q3Ze)~USo^fK{Tl&W>9{j#jF0`;~os_Ep_aImBtRs|;p`^#
$a~EQ)e0Beidw<^8{pS1apMUsuy@)Y4E(=^YO)U#BgmEM3?p~v~tnrgQaoBn^p)=z?7n1>4QA<c7BusDm%CInO{|nBB>FW
""")
