using Lumen.Core.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// One kind of training: what is trained, its loss, and how one sees that it works. The loop around it is <see cref="Trainer"/>.
/// </summary>
public interface ITrainingTask
{
    /// <summary>Name for messages: <c>vae</c>, <c>base</c>, <c>adapter</c>, <c>backbone</c>.</summary>
    string Name { get; }

    /// <summary>
    /// The modules whose parameters are trained, by the name that prefixes them in checkpoints. Frozen partners are not among them.
    /// </summary>
    IReadOnlyDictionary<string, Module> Trained { get; }

    /// <summary>What the run depends on, for its checkpoints; null where it is not known.</summary>
    RunRecord? Record => null;

    /// <summary>
    /// Writes into a checkpoint's folder what it needs besides weights and state, such as the basis that the weights were trained on.
    /// </summary>
    void SaveBeside(string checkpoint) { }

    /// <summary>
    /// The training loss of one micro-batch; depends on nothing but the weights, <paramref name="microBatch"/> and
    /// <paramref name="random"/>.
    /// </summary>
    /// <param name="microBatch">Micro-batches done before: steps, where a step has one.</param>
    /// <param name="batch">Number of samples.</param>
    /// <param name="random">The run's stream; use <c>random.For(microBatch)</c>.</param>
    /// <returns>A scalar with a gradient.</returns>
    Tensor Loss(long microBatch, int batch, RandomStream random);

    /// <summary>
    /// What <see cref="Validate"/> and <see cref="Preview"/> take together, about, in passes of the loss over one sample without a
    /// gradient: for estimates.
    /// </summary>
    /// <param name="heldOut">Number of held-out pictures.</param>
    double ValidationPasses(int heldOut) => 2.0 * Math.Min(64, heldOut);

    /// <summary>
    /// Figures on held-out data with fixed noise and timesteps: the same weights always give the same numbers. The first one is the loss.
    /// </summary>
    IReadOnlyList<KeyValuePair<string, double>> Validate();

    /// <summary>Writes pictures that show what the weights can do.</summary>
    void Preview(string path);

    /// <summary>Writes the trained parts into a model folder.</summary>
    void Export(string folder);
}
