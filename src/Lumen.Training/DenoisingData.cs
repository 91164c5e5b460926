using Lumen.Core.Tensors;
using Lumen.Models.Schedules;
using Lumen.Models.Text;
using Lumen.Training.Data;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>Cached latents with their captions: one corpus as the denoiser's training sees it.</summary>
/// <param name="Corpus">Captions, and pictures for previews.</param>
/// <param name="Latents">Scaled latents, one per picture.</param>
/// <param name="Tokenizer">Turns captions into token ids.</param>
internal sealed record DenoisingData(PictureCorpus Corpus, TensorCache Latents, ClipTokenizer Tokenizer)
{
    /// <summary>Token ids of some captions; with <paramref name="dropFraction"/> of them replaced by the empty prompt.</summary>
    /// <returns>[B, T] int64.</returns>
    public Tensor Tokens(int[] indices, double dropFraction, RandomStream random) =>
        Tokenizer.EncodeBatch([.. indices.Select((index, i) => random.UniformAt(i) < dropFraction ? "" : Corpus.Caption(index))]);

    /// <summary>
    /// Timesteps spread evenly over 0...T-1, one stratum a sample (Kingma et al. 2021, "Variational Diffusion Models"): far less variance
    /// than independent draws.
    /// </summary>
    public static Tensor Timesteps(NoiseSchedule schedule, int batch, RandomStream random)
    {
        var total = schedule.Config.TrainTimesteps;
        var offset = random.UniformAt(0);
        return tensor(Enumerable.Range(0, batch).Select(i => Math.Min((long)((i + offset) / batch * total), total - 1)).ToArray());
    }
}
