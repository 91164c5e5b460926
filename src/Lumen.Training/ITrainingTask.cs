using Lumen.Core.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lumen.Training;

/// <summary>
/// One kind of training: what is trained, its loss, and how one sees that it works. The loop around it is <see cref="Trainer"/>.
/// </summary>
public interface ITrainingTask
{
    /// <summary>Name for messages: <c>vae</c>, <c>base</c>, <c>adapter</c>, <c>backbone</c>, <c>clip</c>.</summary>
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

/// <summary>A task whose micro-batches several threads can compute at once, each with networks of its own that share the weights.</summary>
internal interface IReplicatedTask : ITrainingTask
{
    /// <summary>
    /// The same task - data, frozen networks, settings - with other modules of the same shapes in place of
    /// <see cref="ITrainingTask.Trained"/>.
    /// </summary>
    IReplicatedTask Replica();

    /// <summary>
    /// As <see cref="ITrainingTask.Loss"/>, of some samples of the micro-batch alone: what is drawn for each is the same, and the mean over
    /// parts of one size is the loss of the whole.
    /// </summary>
    Tensor Loss(long microBatch, int batch, BatchPart part, RandomStream random);
}

/// <summary>
/// What a task carries from step to step besides its trained weights, such as a momentum teacher: part of every checkpoint, so that a run
/// continues bit for bit.
/// </summary>
public interface ITrainingState
{
    /// <summary>
    /// Names and float32 tensors, where the networks are, always the same ones: a checkpoint is restored by writing into them.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Called after every step, when the modules hold the new weights. A loss that no step followed must leave no trace.</summary>
    /// <param name="step">Steps done before the one that was just made.</param>
    void Advance(long step);

    /// <summary>Called when <see cref="State"/> was restored from a checkpoint.</summary>
    void Restored();
}

/// <summary>Some neighbouring samples of a batch.</summary>
/// <param name="First">The first one.</param>
/// <param name="Count">How many.</param>
internal readonly record struct BatchPart(int First, int Count)
{
    /// <summary>These samples of a tensor that has one row a sample.</summary>
    public Tensor Of(Tensor batch) => batch.shape[0] == Count ? batch : batch.narrow(0, First, Count);

    /// <summary>These samples of a list.</summary>
    public T[] Of<T>(T[] batch) => batch[First..(First + Count)];
}
