// Human genes whose descriptions the encoders read: markers of blood, brain, epithelium and stroma, and a few
// housekeepers, so that lengths are typical.
export const GENES = `CD3D CD3E CD8A IL7R CCR7 MS4A1 CD79A CD79B CD19 NKG7 GNLY KLRD1 CD14 LYZ FCGR3A MS4A7 FCER1A CST3 CLEC4C
PPBP PF4 HBB HBA1 GYPA KRT8 KRT18 EPCAM CDH1 VIM COL1A1 PDGFRB ACTA2 PECAM1 VWF CLDN5 GFAP AQP4 SLC1A3 MBP PLP1
PVALB SST VIP RELN GAD1 GAPDH ACTB RPL13 TP53 MKI67 TOP2A PCNA`.split(/\s+/);

export const SHORT = ['HBB', 'CD3D', 'GFAP'];
