using Lumen.Conditions;
using Lumen.Core.Tensors;
using Lumen.Imaging;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>The conditions that an adapter is trained on: those of the cached training and validation pictures.</summary>
internal abstract class AdapterCondition
{
    /// <summary>Which condition it is, and how it is made.</summary>
    public abstract ConditionSettings Settings { get; }

    /// <summary>K, channels.</summary>
    public abstract int Channels { get; }

    /// <summary>Conditions of training pictures, varied as the kind asks for.</summary>
    /// <param name="indices">Pictures of the whole batch.</param>
    /// <param name="part">Those of them that are wanted.</param>
    /// <param name="size">Height and width in pixels.</param>
    /// <param name="random">The step's stream; its items 4 and 5 belong to the condition.</param>
    /// <returns>[B, K, H, W] float32.</returns>
    public abstract Tensor Train(int[] indices, BatchPart part, (long Height, long Width) size, RandomStream random);

    /// <summary>Conditions of validation pictures, as they are.</summary>
    /// <returns>[B, K, H, W] float32.</returns>
    public abstract Tensor HeldOut(int[] indices, (long Height, long Width) size);

    /// <summary>
    /// How well generated pictures keep the conditions of the validation pictures they were made from; empty where that cannot be measured
    /// without labels.
    /// </summary>
    /// <param name="images">[B, 3, H, W], about -1...1.</param>
    /// <param name="indices">The validation pictures.</param>
    public abstract IReadOnlyList<KeyValuePair<string, double>> Figures(Tensor images, int[] indices);

    /// <summary>Conditions of validation pictures, drawn.</summary>
    public abstract IReadOnlyList<Picture> Draw(int[] indices);

    /// <summary>
    /// Forgets what holds the base's autoencoder or text encoder, which are about to be released; false where every step needs them.
    /// </summary>
    public virtual bool LetsGoOfEncoders() => true;

    /// <summary>Writes into an adapter's folder what is needed to make the condition again.</summary>
    public virtual void Save(string folder) => Settings.Save(folder);
}
