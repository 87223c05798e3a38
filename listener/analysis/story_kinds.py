"""What sort of event a word speaks of: "blaze" and "fire" meet, and so do "grève" and "strike".

A line is a kind, in English and French, as words are written; their endings do not matter. Only
words that rarely mean something else: one that is in no line stands for itself.
"""

from __future__ import annotations

_LINES = """
    fire: fire fires blaze blazes flames burned burning burnt firefighter firefighters ablaze smoke
        incendie incendies feu flammes brûle brûlé brûlée brûlent pompiers fumée embrasé sinistre
    recall: recall recalls recalled recalling withdrawn withdraws withdrawal rappel rappelle rappels
        rappelé rappelés rappelée rappelées rappeler retiré retire retirés retirer retrait
    strike: strike strikes striking walkout walkouts picket pickets stoppage grève grèves gréviste
        grévistes débrayage débrayages débraient débrayer piquet préavis
    union: union unions syndicat syndicats syndical syndicale syndicaux cgt cfdt cftc unite
    breach: breach breached hack hacked hackers hacker hacking leak leaked leaks stolen cyberattack
        intrusion ransomware piratage piraté piratée pirates pirate fuite fuites volées volés
        cyberattaque rançongiciel
    data: data records passwords données dossiers fichiers passwords
    outage: outage outages offline crash crashed crashes glitch panne pannes bug bugs indisponible
        interruption inaccessible
    results: revenue revenues profit profits earnings turnover sales quarterly résultat résultats
        bénéfice bénéfices ventes trimestriel trimestriels
    chief: ceo boss chairman chairwoman pdg patron patronne dirigeant dirigeante directrice
    leaving: resigns resigned resignation quits departure ousted démission démissionne départ quitte
        quittera
    jobs: layoffs layoff redundancies redundancy redundant sacked jobs job licenciement
        licenciements licencie licenciés emplois emploi postes poste
    closing: closure closures closing closes shut shuts shutting fermeture fermetures ferme
        fermera fermées fermer fermés
    opening: opening opens opened inauguration inaugurates ribbon ouverture ouvertures ouvre ouvrira
        inaugure inauguré ruban
    court: court lawsuit lawsuits sued sues suing judge judges ruling tribunal appeal trial verdict
        procès juge juges justice condamné condamnée condamne condamnation poursuivi plainte
        plaintes assignation
    inquiry: inquiry probe investigation investigators investigates investigating watchdog regulator
        enquête enquêtes enquêteurs autorité perquisition
    fine: fine fined fines penalty amende amendes sanction sanctionné
    purchase: takeover acquisition acquires acquire buyout merger merge rachat rachète rachats
        racheter acquiert fusion fusionne stake
    price: price prices pricing prix tarif tarifs pricier
    cut: cut cuts slash slashes slashed baisse baisses réduit réduction
    rise: raise raises raised increase increases increased hike hikes hausse hausses augmente
        augmentation augmentations
    advert: ad ads advert adverts advertisement campaign commercial pub publicité publicités spot
    boycott: boycott boycotts boycotting boycotter
    apology: apology apologises apologizes apologised apologized apologise sorry excuses excuse
        excusé présente
    injury: injured injuries injury hurt wounded wounds blessé blessés blessée blessées blesse
        blessure blessures
    death: died dies dead death deaths killed mort morte morts mortes décès décédé tué tués
    accident: accident accidents collision collides collided crashed heurte heurté percuté
    illness: poisoning poisoned salmonella listeria illness sick intoxication intoxications malades
        malade intoxiqués
    fraud: fraud scam scams embezzlement fraude fraudes arnaque arnaques escroquerie
    complaint: complaint complaints complain complains réclamation réclamations
    protest: protest protests protesters demonstration demonstrators manifestation manifestations
        manifestants manifeste manifestent
    launch: launch launches launched unveils unveiled unveil lance lancement lancé lancer dévoile
        dévoilé
    delay: delay delays delayed late postponed retard retards retardé reporté
    refund: refund refunds refunded reimbursed remboursement remboursé remboursés rembourse
        rembourser remboursements
    cancel: cancelled canceled cancels cancel cancellation cancellations annulé annulée annulés
        annulées annule annulation annulations
    pay: wage wages salary salaries payrise salaire salaires salarial salariale
    worker: workers worker staff employee employees salariés salarié employés employé personnel
    deal: deal agreement accord accords settlement
    supplier: supplier suppliers fournisseur fournisseurs
    sponsor: sponsor sponsors sponsorship sponsoring parrainage mécénat partenaire partenariat
    flood: flood flooded flooding floods inondation inondations inondé
    theft: theft robbery robbers burglary robbed thieves cambriolage cambrioleurs braquage
        voleurs
    toxic: toxic chemicals chemical contamination contaminated contaminé contaminés toxique toxiques
    packaging: packaging emballage emballages
    plant: factory factories usine usines
    warehouse: warehouse depot warehouses depots entrepôt entrepôts dépôt dépôts plateforme
    shop: shop shops supermarket supermarkets outlet outlets boutique boutiques supermarché
        supermarchés enseigne
    child: child children kids kid toddler toddlers baby babies enfant enfants bébé bébés gamin
        gamins
    battery: battery batteries batterie batteries
    brake: brake brakes frein freins
    tent: tent tents tente tentes
    bike: bike bikes bicycle bicycles ebike vélo vélos bicyclette
    flight: flight flights plane planes jet aircraft vol vols avion avions
    car: car cars vehicle vehicles voiture voitures véhicule véhicules
    passenger: passenger passengers traveller travellers passager passagers voyageur voyageurs
    parents: parent parents mum mums mother mothers mère mères maman mamans
    delivery: delivery deliveries delivered livraison livraisons livré livrés
    app: app apps application appli applis
    website: website site
    police: police officers gendarmes policiers gendarmerie
    mayor: mayor mayors maire maires mairie
    shares: shares shareholders shareholder stock actionnaires actionnaire bourse titre
    award: award awards prize wins trophy récompense récompensé trophée palmarès lauréat
    recruit: recruit recruits recruiting hiring hires hire recrute recrutement recrutements
        recruter embauche embauches
    invest: invest invests investment investir investit investissement investissements
"""


def lines() -> dict[str, list[str]]:
    """Return the words of each kind."""
    found: dict[str, list[str]] = {}
    kind = ""
    for word in _LINES.split():
        if word.endswith(":"):
            kind = word[:-1]
            found[kind] = []
        else:
            found[kind].append(word)
    return found
