"""What a word speaks of: "blaze" and "fire" meet, "grève" and "strike", "lorry" and "camion".

A line is a kind, in English and French, as words are written. Only words that rarely mean something
else: one that is in no line stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterator

# What happens. Two posts that tell of different ones hardly tell of one event.
_EVENTS = """
    fire: fire fires blaze blazes flames ablaze alight inferno firefighter firefighters smoke burnt
        incendie incendies feu flammes pompiers fumée embrasé brasier sinistre crame cramé cendres
        brûle brûlé brûlée brûlent
    recall: recall recalls recalled recalling withdrawn withdraws withdrawal rappel rappelle rappels
        rappelé rappelée rappelés rappelées rappeler rappelant retiré retirée retirés retirées
        retirer retrait retraits
    strike: strike strikes striking striker strikers walkout walkouts picket pickets picketing
        stoppage stoppages grève grèves gréviste grévistes débrayage débrayages débraient débrayer
        piquet piquets préavis débrayé
    breach: breach breached hack hacked hackers hacker hacking cyberattack cyberattacks intrusion
        intruders ransomware piratage piraté piratée piratés pirates pirate cyberattaque
        cyberattaques rançongiciel intrus hackeurs hackeur
    outage: blackout blackouts powercut coupure coupures coupés coupé outage outages offline panne
        pannes indisponible inaccessible
    results: revenue revenues profit profits earnings turnover quarterly résultat résultats bénéfice
        bénéfices trimestriel trimestriels trimestre ebit ebitda
    leaving: resigns resigned resignation quits departure ousted démission démissionne démissionné
        départ quitte quitter quittera successor succeeds succeed succession succède succéder
        successeur retires retirement retraite
    jobs: layoffs layoff redundancies redundancy redundant sacked licenciement licenciements
        licencie licencié licenciés licenciée
    closing: closure closures closing closes shut shuts shutting shutters fermeture fermetures ferme
        fermera fermeront fermées fermée fermer fermé fermés
    opening: opening opens opened inauguration inaugurates ribbon ouverture ouvertures ouvre ouvrent
        ouvrira ouvrir inaugure inauguré ruban
    court: lawsuit lawsuits sued sues suing judge judges ruling tribunal trial verdict procès juges
        condamné condamnée condamne condamnation poursuivi plainte plaintes assignation assigne
        assigné avocat avocats lawyers lawyer solicitor solicitors plaintiffs
    inquiry: inquiry probe investigation investigations investigators investigates investigating
        watchdog regulator regulators inspectors enquête enquêtes enquêteurs perquisition
        inspecteurs perquisitions
    fine: fined fines penalty penalties amende amendes sanction sanctions sanctionné écope
    purchase: takeover acquisition acquires acquire buyout merger merge swoop rachat rachats rachète
        racheter rachèterait acquiert acquéreur cession suitor bid bids
    cut: cut cuts cutting cheaper slash slashes slashed baisse baisses baissent baisser réduit
        réduction réductions
    rise: rise rises rising rose higher raise raises raised increase increases increased hike hikes
        dearer hausse hausses augmente augmentent augmenter augmentera augmentation augmentations
    advert: advert adverts advertisement advertising publicité publicités
    boycott: boycott boycotts boycotting boycotter
    apology: apology apologises apologizes apologised apologized apologise apologies excuses excusé
        pardon
    injury: injured injuries injury hurt wounded wounds blessé blessée blessés blessées blesse
        blessure blessures
    death: died dies dead death deaths killed mort morte morts mortes décès décédé décédée tué tués
    accident: accident accidents collision collides collided overturned heurte heurté percuté
        percute renversé renverse
    illness: poisoning poisoned salmonella salmonelle salmonelles listeria listéria listeriosis
        listériose illness sick intoxication intoxications malades malade intoxiqués intoxiqué
    fraud: fraud scam scams scammers phishing embezzlement fraude fraudes arnaque arnaques
        arnaqueurs escroquerie hameçonnage
    protest: protest protests protesters demonstration demonstrators manifestation manifestations
        manifestants manifestent pétition petition
    launch: launch launches launched unveils unveiled unveil lance lancement lancé lancer dévoile
        dévoilé dévoilée
    delay: delay delays delayed postponed retard retards retardé retardée reporté reportée
    cancel: cancelled canceled cancels cancel cancellation cancellations annulé annulée annulés
        annulées annule annuler annulation annulations
    flood: flood flooded flooding floods floodwater inondation inondations inondé inondée inondés
        crue crues
    theft: theft robbery robbers robber robs robbed burglary burgled raid raiders thieves thief
        stolen steal stole cambriolage cambrioleurs cambriolé braquage braqueurs voleurs voleur
        dérobé dérobés dérobées volées volés volée
    discrimination: racist racism sexist sexism discrimination racisme raciste sexiste sexisme
        harassment harassed harcèlement harcelée
    award: award awards prize prizes wins winner trophy medal medals récompense récompensé trophée
        palmarès lauréat lauréate lauréats médaille médailles vainqueur
    sponsor: sponsor sponsors sponsorship sponsoring sponsored parrainage parraine mécénat
        sponsorise
    recruit: recruit recruits recruiting recruitment hiring hires hire recrute recrutement
        recrutements recruter embauche embauches embaucher
    invest: invest invests invested investment investments investir investit investissement
        investissements
    donate: donate donates donated donation donations charity charities dons caritatif
    pollution: pollution polluted polluting spill spilled pollué polluée polluer déversé déversement
        effluents
    blockade: blockade blockades blocked bloqué bloquée bloquent blocage
    settle: agreement settlement settle settles accord accords
    evacuate: evacuated evacuation evacuate évacué évacuée évacués évacuation
    arrest: arrested arrest arrests arrêté arrêtés arrestation arrestations interpellé interpellés
        interpellation suspect suspects magistrates
    ban: ban bans banned banning interdit interdite interdits interdiction
    landing: landing landings landed atterrissage atterri atterrit diverted diversion dérouté
    shortage: shortage shortages pénurie pénuries rupture ruptures
    fake: counterfeit counterfeits fake fakes bogus contrefaçon contrefaçons faux fausse fausses
    rescue: rescue rescued rescues sauvetage secouru secourus sauvé
    vote: vote votes voted voting ballot balloted scrutin voté votent votée
"""
# What happens before and after many events, and to whom and what it happens.
_BESIDES = "rise cut delay settle donate apology inquiry arrest vote shortage fake rescue"
_THINGS = """
    union: union unions syndicat syndicats syndical syndicale syndicaux cgt cfdt cftc
    data: data passwords password données fichiers identifiants
    chief: ceo boss chairman chairwoman pdg patron patronne dirigeant dirigeante
    job: jobs emploi emplois poste postes
    complaint: complaint complaints complain complains complained réclamation réclamations plaignent
    refund: refund refunds refunded refunding reimbursed remboursement remboursements remboursé
        remboursés remboursée rembourse rembourser
    pay: wage wages salary salaries payrise salaire salaires salarial salariale
    worker: workers worker staff employee employees salariés salarié salariée employés employé
        personnel
    price: bill bills facture factures price prices pricing prix tarif tarifs
    supplier: supplier suppliers fournisseur fournisseurs prestataire
    toxic: toxic chemicals chemical contamination contaminated contaminé contaminée contaminés
        toxique toxiques
    packaging: packaging emballage emballages
    plant: factory factories usine usines
    warehouse: warehouse depot warehouses depots entrepôt entrepôts dépôt dépôts
    shop: shop shops supermarket supermarkets superstore outlet outlets boutique boutiques
        supermarché supermarchés hypermarché enseigne branch branches
    child: child children kids kid toddler toddlers baby babies enfant enfants bébé bébés gamin
        gamins gosse gosses youngsters
    battery: battery batterie batteries
    brake: brake brakes frein freins
    tent: tent tents tente tentes
    helmet: helmet helmets lid lids casque casques
    bike: bike bikes bicycle bicycles ebike vélo vélos bicyclette
    plane: flight flights plane planes aircraft avion avions
    train: train trains rail tgv
    car: cars vehicle vehicles voiture voitures véhicule véhicules
    truck: lorry lorries truck trucks camion camions
    phone: phone phones handset handsets smartphone smartphones
    television: tv telly television televisions télé téléviseur téléviseurs télévision
    passenger: passenger passengers traveller travellers passager passagers voyageur voyageurs
    parents: dad dads daddy father fathers papa papas père pères parent parents mum mums mother
        mothers mère mères maman mamans
    delivery: delivery deliveries delivered livraison livraisons livré livrée livrés livreur
        livreurs
    app: app apps application appli applis
    police: police policeman policemen gendarmes policiers gendarmerie
    mayor: mayor mayors maire maires mairie
    shares: shares shareholders shareholder stock actionnaires actionnaire bourse
    video: video videos clip vidéo vidéos footage filmed filmé
    record: record records
    machine: machine machines
    digger: digger diggers excavator pelleteuse pelleteuses
    cable: cable cables fibre fibres câble câbles
    server: server servers serveur serveurs
    milk: milk dairy lait laitier laitière laiterie
    meat: meat viande viandes steak steaks beef boeuf
    cheese: cheese cheeses fromage fromages fromagerie
    bread: bread loaf loaves pain pains baguette
    chicken: chicken chickens poulet poulets
    fish: fish poisson poissons salmon saumon
    water: water eau eaux
    plastic: plastic plastics plastique plastiques
    glass: glass verre
    metal: metal métal
    school: school schools école écoles collège lycée pupils élèves teachers
    hospital: hospital hospitals hôpital hôpitaux clinique
    farmer: farmer farmers agriculteur agriculteurs éleveur éleveurs producteurs growers
    driver: driver drivers chauffeur chauffeurs conducteur conducteurs
    baker: baker bakers bakery bakeries boulanger boulangers boulangerie
    pilot: pilot pilots pilote pilotes
    doctor: doctor doctors médecin médecins
    voucher: voucher vouchers coupon coupons
    stadium: stadium stade maillot jersey shirt
    queue: queue queues queued queuing
    loyalty: loyalty fidélité
    till: tills checkout checkouts caisse caisses cashier caissière caissières caissier
    dog: dog dogs chien chiens
    cat: cat cats
    roof: roof toit toiture
    leak: leak leaks leaked leaking fuite fuites
    email: email emails mail mails courriel courriels
    fridge: fridge fridges freezer frigo réfrigérateur congélateur
    stroller: pushchair pushchairs stroller strollers buggy poussette poussettes
    seat: seat seats siège sièges
    toy: toy toys jouet jouets
    gas: gas gaz butane
    heating: heating heater radiator chauffage radiateur
    solar: solar solaire solaires
    climate: climate climat carbon carbone emissions émissions
    crew: crew crews équipage équipages steward stewards
    airport: airport airports aéroport aéroports
    card: card cards carte cartes
    student: student students étudiant étudiante étudiants étudiantes
    contract: contract contracts contrat contrats
    partner: partner partners partnership partenaire partenaires partenariat
    tax: tax taxes impôt impôts taxe
    storm: storm storms tempête orage orages
    electricity: electricity électricité courant
    expansion: expand expands expansion extension agrandit agrandir agrandissement
    building: building buildings bâtiment bâtiments chantier construction construire
    shelf: shelf shelves rayon rayons
    patent: patent patents brevet brevets
    copy: copied copying copies copie copié
    recycle: recycle recycled recycling recyclable recyclage recyclé
    allergy: allergen allergens allergy allergies allergic allergène allergènes allergie allergique
    overheat: overheat overheats overheating overheated surchauffe surchauffer
    charger: charger chargers chargeur chargeurs
    screen: screen screens écran écrans
    camera: camera cameras caméra caméras
    founder: founder founders fondateur fondatrice fondateurs
    survey: survey surveys poll sondage sondages
    dividend: dividend dividends dividende dividendes payout
    forecast: forecast forecasts outlook guidance prévision prévisions objectifs
    investor: investor investors investisseur investisseurs
    resident: residents neighbours neighbors riverains riverain habitants voisins
    mast: mast masts antenna antennas antenne antennes pylône pylônes
    smell: smell smells stench odeur odeurs
    bus: bus buses coach coaches autocar autocars autobus
    boat: boat boats ship ships ferry bateau bateaux navire
    luggage: luggage baggage suitcase suitcases bagage bagages valise valises
    meal: meal meals repas cantine cantines
    chocolate: chocolate chocolates chocolat chocolats
    coffee: coffee coffees café cafés
    beer: beer beers bière bières
    wine: wine wines vin vins
    egg: egg eggs œuf œufs
    shoe: shoe shoes trainers sneakers chaussure chaussures baskets
    jacket: jacket jackets coat coats parka veste vestes manteau
    mower: mower mowers lawnmower tondeuse tondeuses
    drill: drill drills perceuse perceuses
    paint: paint paints peinture peintures
    kettle: kettle kettles bouilloire bouilloires
    computer: computer computers laptop laptops ordinateur ordinateurs
    insurance: insurance insurer insurers assurance assurances assureur
    loan: loan loans mortgage mortgages prêt prêts crédit crédits emprunt
    tree: tree trees arbre arbres
"""


def lines() -> dict[str, list[str]]:
    """Return the words of each kind."""
    return {kind: words for text in (_EVENTS, _THINGS) for kind, words in _read(text)}


def events() -> frozenset[str]:
    """Return the kinds that are what happens."""
    return frozenset(kind for kind, _ in _read(_EVENTS)).difference(_BESIDES.split())


def _read(text: str) -> Iterator[tuple[str, list[str]]]:
    kinds: dict[str, list[str]] = {}
    kind = ""
    for word in text.split():
        if word.endswith(":"):
            kind = word[:-1]
        else:
            kinds.setdefault(kind, []).append(word)
    yield from kinds.items()
