#[derive(Clone)]
pub(crate) struct VectorTable {
    pub(crate) names: Vec<String>,
    pub(crate) dim: usize,
    pub(crate) data: Vec<f32>,
    pub(crate) notes: Vec<lexicell_formats::Note>,
}
pub(crate) fn read_vectors(
    _: &[lexicell_formats::InputFile],
) -> Result<VectorTable, lexicell_formats::FormatError> {
    Err(lexicell_formats::FormatError::MissingPart {
        files: String::new(),
        missing: String::new(),
        remedy: String::new(),
    })
}
pub(crate) struct GpuEncoder;
impl GpuEncoder {
    pub(crate) async fn new(
        _: &lexicell_kernels::Gpu,
        _: &lexicell_encoder::Model,
    ) -> Result<Self, lexicell_encoder::EncoderError> {
        Err(lexicell_encoder::EncoderError::NoBatch)
    }
    pub(crate) async fn encode(
        &mut self,
        _: &lexicell_encoder::TokenBatch,
        _: lexicell_encoder::Pooling,
    ) -> Result<Vec<f32>, lexicell_encoder::EncoderError> {
        Err(lexicell_encoder::EncoderError::NoBatch)
    }
}
