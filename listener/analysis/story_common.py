"""Words of any text, in English and French: they say nothing of which event a post tells of.

Days and months, agencies and the words of announcements among them.
"""

from __future__ import annotations

from listener.analysis.folding import fold

_COMMON = """
    a about after again against ago all almost also am an and another any anyone are around as at
    away back be because been before began behind being below better between big both but by call
    called can come comes could day days did do does doing done down each early else end enough even
    ever every everyone few find first following for found from full further gave get gets getting
    give given go goes going gone good got great had half has have having he help her here hers him
    his how i if in including inside into is it its itself just keep kept know known last late later
    latest least left less let like likely little long look made make makes making many may me might
    mine month months more most much must my near need never new news next no not nothing now of off
    often ok old on once one only onto or other others our ours out outside over own part people per
    place put read really right said same say says see seen set several shall she should show shows
    since so some someone soon still such take taken takes tell than that the their them then there
    these they thing things this those though through time times to today together told tomorrow
    tonight too took top toward two three four five six seven eight nine ten under until up upon us
    use used using very via want wants was way we week weeks well went were what when where which
    while who whole whom whose why will with within without would year years yesterday yet you your
    yours hundred thousand million billion percent thousands hundreds millions company companies
    group firm announce announced announces according spokesman spokesperson spokeswoman statement
    monday tuesday wednesday thursday friday saturday sunday january february march april june july
    august september october november december morning afternoon evening night customer customers
    store stores article source link euro euros pound pounds dollar dollars reuters afp belga

    able across add added adds allow allowed already always answer area areas ask asked asks
    available average based become bring brings brought build builds built business buy buying
    bought case cause caused chain change changed changes city claim claims clear close come
    confirm confirmed
    continue continues cost costs country couple decide decided decision double easy everything
    expect expected expects face far feel feels felt free friend friends full future general giant
    happen happened hard hear heard help helped helps high hold home hope hopes hour hours house
    huge idea important include includes industry issue issues job large leader live local lost lot
    low maker makers man manager market maybe mean means meet member members minister minute
    minutes mistake move national number numbers offer offered offers office online order orders
    pay people person plan planned plans please point possible power president prevent problem
    problems product products public question questions quite range rate reach ready reason receive
    received region rest result retailer return returned review run running seem seems sell sells
    sense sent serious service services side simple situation six small sold something sort speak
    spend start started starting starts state stay stop stopped story street support sure system
    talk talks team tell tells test thank thanks third thought told total town try trying turn type
    understand used user users usual visit wait waiting woman women word words work worked working
    world write wrong young begin begins receipt needed guys lol omg wow really honestly
    actually literally absolutely definitely seriously totally apparently probably sorry

    acheter achat achats acheté aider ajoute ajouter aller allez ami amis arrivé arrive arriver
    assez assure attendre attend attente attention beaucoup besoin cas cause certaine chaîne choix
    chose choses cliente clientes clientèle coup cours coûte dans date demande demander demandé
    devait devant devient devrait direct direction directeur doit doivent donne donner droit effet
    également équipe erreur essayer estime étude évidemment exemple fabricant façon facile famille
    femme femmes fois force forme France français française françaises gens grand grande grandes
    grands gratuit groupes homme hommes important information jamais jeune jeunes journée juste
    libre lieu ligne local locale loin long longue maintenant maison manière marché membre membres
    merci minutes moment monde montant mot moyen national nationale niveau nom nombre nombreux
    normal nouveauté objet offre ouvert pareil parle parler part partie partir passer passé payer
    pays penser pense personne personnes petit petite petits place plein point porte porter possible
    préférer présent président pris problème problèmes produit produits projet proposer propose
    public qualité question raison rapporter rapport recevoir reçu rendre rendu responsable reste
    rester retour rue savoir sens service services seul seule simple situation sorte sortie suite
    suivre sujet sûr système tant téléphone temps tenir test tient toujours tour travail travailler
    travers trouve trouver trouvé type utiliser vendre vendu vendus vendue vendues vente venir vient
    vie ville vivre voir vrai vraie vue zone franchement clairement carrément évidemment ptdr mdr

    au aux avec avait avaient avoir ayant ai ainsi alors après aucun aucune aussi autre autres avant
    bien bon bonne car ce ceci cela celle celles celui cent certains ces cet cette ceux chacun
    chaque chez ci comme comment contre dans début déjà depuis dernier dernière des deux dire dit
    dont donc du elle elles en encore enfin ensuite entre envers est et étaient était étant été être
    eu eux faire fait faut fin font hier ici il ils je jour jours jusqu la le les leur leurs lors
    lorsque lui ma mais même mes mettre mieux milliard milliards millions mille mis mois moins mon
    ne ni non nos notre nous nouveau nouveaux nouvel nouvelle nouvelles ont ou oui par parce parmi
    pas pendant peu peut peuvent plus plusieurs plutôt pour pourquoi pourrait pourraient près
    premier première premiers prochain prochaine puis qu quand quatre que quel quelle quelles
    quelque quelques quels qui quoi sa sans se selon sera serait seront ses seulement si sont sous
    soit son sur ta te tous tout toute toutes très trois trop tu un une va vers voici voilà vont vos
    saint sainte saints
    votre vraiment semaine semaines ans année années heure heures matin soir midi nuit aujourd hui
    demain cinq huit neuf dix vingt trente entreprise groupe société annonce annoncer annoncé
    indiqué affirme précise explique lundi mardi mercredi jeudi vendredi samedi dimanche janvier
    février mars avril mai juin juillet août septembre octobre novembre décembre marque client
    clients magasin magasins lien

    nobody best check worth money affected line lines leave leaving paid eleven looking promises
    promise came ends ended ending welcome twice short hit round joined join signed won fell lead
    leads holds carried carry earlier drop warned warns matter follow followed list size head
    figures figure closed ones think thinks posted risk counts count shortly links yes real saying
    name names whoever weekend notice rather shown held none above biggest turned turns twenty forty
    fifty term terms whether weighs taking failed met meant form forms among works sides filled
    details cannot empty subscribe copyright material rewritten redistributed briefing stories
    agencies coverage picks puts pulls second hand hands don reporting newsroom cheers lovely love
    hello hey nice bit lots stuff somebody anybody becoming stays stayed lets needs looks keeps
    quick quickly slow quarter dozen fourth fifth taught caught dear theirs myself yourself himself
    herself themselves extra former latter various certain kind sorts kinds

    environ rien présence douze onze quarante cinquante soixante attendu attendue attendus affaires
    concernés concernée concernées concerné numéro quelqu moi toi prend prendre prennent veut
    veulent meilleur meilleure moitié mise appel parti mal faites état invoque laissé laisse promet
    promis signalé signalée signalés touché touchée touchés touchées avons avez êtes suis sommes
    vous vaut appelle gratuitement remplace entrée prévu prévue prévus changement partout dépasse
    garde gardera demi maintenu maintenus informations souhaité réuni réunis restera restent tard
    coûtera auprès dehors regardez vide haut haute deuxième troisième quatrième publié publie
    derrière limite faisait faisaient pensez tombe tiers travaille met mettent relève gagne grâce
    reconnu répond raconte gros grosse atteint mains main déclaré annoncés annoncée apparemment
    surtout aurait auraient voit contient laisser espère entendu appris fini motif titre chiffre
    risque cher chère occasion prévoit monsieur madame bonjour bonsoir bravo salut note page
    commentaire abonnez retrouvez comptez directrice générale généraux commun commune base action
    mesure vite longtemps bientôt parfois souvent presque quasiment ailleurs dessous dessus dedans
    vieux vieille vieilles beau belle beaux belles mauvais mauvaise pire savez faudra faudrait voulu
    voulait veux peux dois devra devront auront aura perdu perd tenu vu vus passe passent passera
    arrivent partent sortent
"""
WORDS = frozenset(fold(_COMMON).text.split())
