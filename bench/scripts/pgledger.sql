\set place random(:first, :last)
SELECT transfer.id FROM bench_pgledger, pgledger_create_transfer(available, held, '3') transfer WHERE place = :place;
SELECT transfer.id FROM bench_pgledger, pgledger_create_transfer(held, used, '3') transfer WHERE place = :place;
