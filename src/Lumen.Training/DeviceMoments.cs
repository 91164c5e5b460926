using Lumen.Core.Checkpoints;
using static TorchSharp.torch;

namespace Lumen.Training;

/// <summary>One Adam moment of all parameters on a device, side by side: the counterpart of <see cref="Moments"/>.</summary>
internal sealed class DeviceMoments
{
    private readonly ScalarType _type;
    private readonly bool _signed;
    private readonly Tensor _values; // [count] float32, bfloat16 or codes
    private readonly Tensor? _scales; // [blocks] float32, where there are codes
    private readonly Tensor? _code; // [256] float32

    /// <param name="count">Values of all parameters.</param>
    /// <param name="blocks">Blocks of <see cref="DynamicCode"/> of all parameters, each of which begins with one.</param>
    /// <param name="type">float32, bfloat16, or Byte for codes.</param>
    /// <param name="signed">Whether there are negative numbers.</param>
    /// <param name="device">Where.</param>
    public DeviceMoments(long count, long blocks, ScalarType type, bool signed, Device device)
    {
        (_type, _signed) = (type, signed);
        var code = Moments.CodeOf(signed);
        _values = full([count], type == ScalarType.Byte ? code.Zero : 0, dtype: type, device: device).DetachFromDisposeScope();
        if (type != ScalarType.Byte)
            return;
        _scales = zeros([blocks], ScalarType.Float32, device).DetachFromDisposeScope();
        _code = tensor(code.All.ToArray()).to(device).DetachFromDisposeScope();
    }

    /// <summary>A parameter's as float32 in its shape; what is changed in place must be closed.</summary>
    public Tensor Open(WeightSlot slot) => _code is null ? slot.In(_values).to_type(ScalarType.Float32) : Decoded(slot);

    /// <summary>Keeps what <see cref="Open"/> gave.</summary>
    /// <param name="slot">The parameter.</param>
    /// <param name="values">Its moment, changed.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="item">Another number for each moment of a step.</param>
    public void Close(WeightSlot slot, Tensor values, long step, int item)
    {
        if (_type == ScalarType.BFloat16)
            slot.In(_values).copy_(StochasticRounding.Of(values, step, item));
        else if (_code is not null)
            Encode(slot, values, StochasticRounding.Dither(values, step, item));
    }

    /// <summary>What a checkpoint holds of a parameter's.</summary>
    public IEnumerable<StoredTensor> Entries(string kind, WeightSlot slot)
    {
        yield return new StoredTensor($"{kind}/{slot.Name}", _type, slot.Parameter.shape, () => slot.In(_values).cpu());
        if (_scales is not null)
            yield return new StoredTensor(
                $"{Moments.ScalesOf(kind)}/{slot.Name}",
                ScalarType.Float32,
                [slot.Blocks],
                () => slot.BlocksIn(_scales).cpu()
            );
    }

    /// <summary>Takes up a checkpoint's; numbers of another type are rounded to the nearest.</summary>
    /// <exception cref="LumenException">It holds another shape, or nothing of that name.</exception>
    public void Restore(SafetensorsFile file, string kind, WeightSlot slot)
    {
        using var scope = NewDisposeScope();
        MasterWeights.RequireEntry(file, $"{kind}/{slot.Name}", slot.Parameter.shape);
        if (_code is not null && file.Entries[$"{kind}/{slot.Name}"].DType == ScalarType.Byte)
        {
            slot.In(_values).copy_(file.Read($"{kind}/{slot.Name}"));
            slot.BlocksIn(_scales!).copy_(Moments.ReadScales(file, kind, slot.Name, slot.Parameter.numel()));
            return;
        }
        var values = Moments.Read(file, kind, slot.Name, _signed).to(_values.device);
        if (_code is null)
            slot.In(_values).copy_(values);
        else
            Encode(slot, values, full_like(values, 0.5));
    }

    private Tensor Decoded(WeightSlot slot)
    {
        using var scope = NewDisposeScope();
        var values = _code!.index_select(0, slot.In(_values).flatten().to_type(ScalarType.Int64)); // [n]
        var scales = slot.BlocksIn(_scales!).repeat_interleave(DynamicCode.Block).narrow(0, 0, values.numel());
        return values.mul_(scales).view(slot.Parameter.shape).MoveToOuterDisposeScope();
    }

    private void Encode(WeightSlot slot, Tensor values, Tensor dither)
    {
        using var scope = NewDisposeScope();
        var (count, lacking) = (values.numel(), slot.Blocks * DynamicCode.Block - values.numel());
        var rows = nn.functional.pad(values.flatten(), [0, lacking]).view(-1, DynamicCode.Block); // [blocks, 256]
        var (low, high) = (rows.amin([1]), rows.amax([1])); // [blocks]
        var scales = where(high.ge(-low), high, low);
        var holds = scales.abs().ge(DynamicCode.Smallest); // more than zeros
        scales = where(holds, scales, zeros_like(scales));
        slot.BlocksIn(_scales!).copy_(scales);
        var divisors = where(holds, scales, ones_like(scales)).unsqueeze(1);
        rows = rows * holds.to_type(ScalarType.Float32).unsqueeze(1);
        var parts = rows.div(divisors).flatten().narrow(0, 0, count); // [n] -1...1
        var lower = bucketize(parts, _code!, right: true).sub_(1).clamp_(0, _code!.numel() - 2);
        var (under, over) = (_code.index_select(0, lower), _code.index_select(0, lower + 1));
        var codes = lower.add_((parts - under).gt(dither.flatten() * (over - under)).to_type(ScalarType.Int64));
        if (!_signed)
            codes = codes.maximum(parts.gt(0).to_type(ScalarType.Int64)); // never zero
        slot.In(_values).copy_(codes.view(slot.Parameter.shape));
    }
}
